private import CMicroHTTP
private import Dispatch
private import Foundation
private import Glibc
private import Synchronization

/// The thread that drives a server's open WebSockets, begun with the first of them.
final class WebSocketLoop: Sendable {
    private struct State {
        /// Sockets that came since the thread last looked.
        var fresh: [WebSocketLink] = []
        /// Sockets of which the handler wants something.
        var touched: [Int32] = []
        var isRunning = false
        var isDraining = false
        var isStopping = false
    }

    private let state = Mutex(State())
    private let open = Atomic(0)
    private let doorbell: Doorbell?
    private let epoll: Int32
    private let ended = DispatchSemaphore(value: 0)

    init() {
        doorbell = Doorbell()
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    }

    deinit { close(epoll) }

    /// From the hand-over of a connection to its end.
    var count: Int { open.load(ordering: .relaxed) }

    func add(_ link: WebSocketLink) {
        open.add(1, ordering: .relaxed)
        let starts = state.withLock { state in
            state.fresh.append(link)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if starts {
            let thread = Thread { [self] in run() }
            thread.name = "http-websocket"
            thread.start()
        }
        doorbell?.ring()
    }

    func touch(_ descriptor: Int32) {
        state.withLock { $0.touched.append(descriptor) }
        doorbell?.ring()
    }

    /// Closes every socket as one does that goes away, and each that still comes.
    func drain() {
        state.withLock { $0.isDraining = true }
        doorbell?.ring()
    }

    /// Gives every socket back at once and ends the thread.
    func stop() {
        let isRunning = state.withLock { state in
            state.isStopping = true
            return state.isRunning
        }
        guard isRunning else { return }
        doorbell?.ring()
        ended.wait()
    }

    private func run() {
        defer { ended.signal() }
        guard let doorbell else { return }
        var links: [Int32: WebSocketLink] = [:]
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: doorbell.descriptor))
        epoll_ctl(epoll, EPOLL_CTL_ADD, doorbell.descriptor, &event)
        var tickedAt = MonotonicTime.milliseconds()
        func drop(_ link: WebSocketLink) {
            links[link.descriptor] = nil
            epoll_ctl(epoll, EPOLL_CTL_DEL, link.descriptor, nil)
            link.end()
            open.subtract(1, ordering: .relaxed)
        }
        while true {
            let count = epoll_wait(epoll, &events, 256, 1000)
            let now = MonotonicTime.milliseconds()
            var ready: [Int32] = []
            for index in 0..<max(0, Int(count)) {
                if events[index].data.fd == doorbell.descriptor {
                    doorbell.answer()
                } else {
                    ready.append(events[index].data.fd)
                }
            }
            let (fresh, touched, isDraining, isStopping) = state.withLock { state in
                defer {
                    state.fresh = []
                    state.touched = []
                }
                return (state.fresh, state.touched, state.isDraining, state.isStopping)
            }
            for link in fresh {
                links[link.descriptor] = link
                let edges = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
                var event = epoll_event(events: edges, data: epoll_data_t(fd: link.descriptor))
                epoll_ctl(epoll, EPOLL_CTL_ADD, link.descriptor, &event)
                let descriptor = link.descriptor
                link.socket.opened { [weak self] in self?.touch(descriptor) }
                ready.append(descriptor)
            }
            if isDraining { for link in links.values { link.socket.close(WebSocketCodec.Code.goingAway) } }
            for descriptor in ready + touched {
                if let link = links[descriptor], !link.run(now: now) { drop(link) }
            }
            if now - tickedAt >= 1000 {
                tickedAt = now
                for link in links.values where !link.tick(now: now) { drop(link) }
            }
            if isStopping {
                for link in Array(links.values) { drop(link) }
                return
            }
        }
    }
}
