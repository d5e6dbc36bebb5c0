private import CCurl
private import Glibc

/// The sockets that libcurl wants watched, in one epoll set.
///
/// libcurl lets go of a connection's socket after each request and asks for it again with the next.
/// Obeying costs two system calls a request; so the socket of an idle connection stays in the set,
/// dormant, until it is wanted again, closed, or stirs (the far end closed it). That is sound only for
/// sockets whose end we hear of: those that libcurl opened and closes through our callbacks. Others
/// (the resolver's) are taken out at once.
final class EpollSet {
    private struct Watch {
        /// The events the kernel watches for; 0 where the socket is not in the set.
        var events: UInt32 = 0
        var isOurs = false
        var isDormant = false
    }

    private let descriptor: Int32
    private let inbox: Int32
    private var watches: [Watch] = Array(repeating: Watch(), count: 256)
    private var ready: [epoll_event] = Array(repeating: epoll_event(), count: 128)

    /// Nil where the system has no more descriptors.
    init?(inbox: Int32) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        self.inbox = inbox
        control(EPOLL_CTL_ADD, inbox, EPOLLIN.rawValue)
    }

    deinit { close(descriptor) }

    /// A connection's socket was opened through our callback: nothing known about its number holds.
    func opened(_ socket: Int32) {
        grow(to: socket)
        watches[Int(socket)] = Watch(isOurs: true)
    }

    /// The kernel drops a closed socket from the set by itself.
    func closing(_ socket: Int32) {
        grow(to: socket)
        watches[Int(socket)] = Watch()
    }

    func watch(_ socket: Int32, reading: Bool, writing: Bool) {
        grow(to: socket)
        let wanted = (reading ? EPOLLIN.rawValue : 0) | (writing ? EPOLLOUT.rawValue : 0)
        let before = watches[Int(socket)]
        watches[Int(socket)].isDormant = false
        watches[Int(socket)].events = wanted
        if before.events == 0 {
            control(EPOLL_CTL_ADD, socket, wanted)
        } else if before.events != wanted {
            control(EPOLL_CTL_MOD, socket, wanted)
        }
    }

    func unwatch(_ socket: Int32) {
        grow(to: socket)
        guard watches[Int(socket)].events != 0 else { return }
        if watches[Int(socket)].isOurs && watches[Int(socket)].events == EPOLLIN.rawValue {
            watches[Int(socket)].isDormant = true
        } else {
            drop(socket)
        }
    }

    /// Waits, then hands every socket that is ready and wanted to `handle`.
    func wait(milliseconds: Int32, _ handle: (_ socket: Int32, _ events: Int32) -> Void) {
        let count = epoll_wait(descriptor, &ready, Int32(ready.count), milliseconds)
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let event = ready[index]
            let socket = event.data.fd
            if socket == inbox { continue }
            let watch = watches[Int(socket)]
            if watch.isDormant {
                drop(socket)
                continue
            }
            // Closed by an earlier event of the same round.
            guard watch.events != 0 else { continue }
            var events: Int32 = 0
            if event.events & EPOLLIN.rawValue != 0 { events |= CURL_CSELECT_IN }
            if event.events & EPOLLOUT.rawValue != 0 { events |= CURL_CSELECT_OUT }
            if event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { events |= CURL_CSELECT_ERR }
            handle(socket, events)
        }
    }

    private func drop(_ socket: Int32) {
        control(EPOLL_CTL_DEL, socket, 0)
        watches[Int(socket)].events = 0
        watches[Int(socket)].isDormant = false
    }

    private func control(_ operation: Int32, _ socket: Int32, _ events: UInt32) {
        var event = epoll_event()
        event.events = events
        event.data.fd = socket
        _ = epoll_ctl(descriptor, operation, socket, &event)
    }

    private func grow(to socket: Int32) {
        while watches.count <= Int(socket) { watches.append(contentsOf: repeatElement(Watch(), count: watches.count)) }
    }
}
