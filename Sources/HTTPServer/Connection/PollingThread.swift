private import CMicroHTTP
private import Foundation
private import Glibc
private import Synchronization

/// One daemon of the server library and the thread that drives it.
///
/// The library could poll on a thread of its own, but 0.9.75 then stands still as soon as 128
/// connections are ready at once: having got a full list of events it waits for more before it looks at
/// them. Driven from outside it never waits, at the price of one `poll` a round.
final class PollingThread: Sendable {
    private enum Order {
        static let serve = 0
        static let acceptNoMore = 1
        static let end = 2
    }

    /// The daemon's address; an integer because a raw pointer may not cross threads.
    private let daemon: UInt
    private let context: DaemonContext
    private let order = Atomic<Int>(Order.serve)
    private let quiet = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// Nil where the system has no more descriptors or the library cannot start.
    init?(core: ServerCore, listener: Int32) {
        guard let doorbell = Doorbell() else { return nil }
        context = DaemonContext(core: core, doorbell: doorbell)
        guard let daemon = context.makeDaemon(listener) else { return nil }
        self.daemon = UInt(bitPattern: daemon)
        let thread = Thread { [self] in run() }
        thread.name = "http-server"
        thread.start()
    }

    var connectionCount: Int { context.connectionCount }

    /// Takes no further connection. Returns when that is so.
    func acceptNoMore() {
        command(Order.acceptNoMore)
        quiet.wait()
    }

    /// Ends the thread. No connection may sleep any more.
    func endPolling() {
        command(Order.end)
        ended.wait()
    }

    /// Closes every connection, behind the end of the thread.
    func stop() {
        if let daemon = OpaquePointer(bitPattern: daemon) { MHD_stop_daemon(daemon) }
        context.lingering.closeAll()
    }

    private func command(_ order: Int) {
        self.order.store(order, ordering: .releasing)
        context.doorbell.ring()
    }

    private func run() {
        defer { ended.signal() }
        guard let daemon = OpaquePointer(bitPattern: daemon) else { return }
        var watched = [
            pollfd(fd: herald_mhd_epoll(daemon), events: Int16(POLLIN), revents: 0),
            pollfd(fd: context.doorbell.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        var isQuiet = false
        while true {
            watched.removeLast(watched.count - 2)
            context.lingering.watch(&watched)
            _ = poll(&watched, UInt(watched.count), timeout(daemon))
            if watched[1].revents != 0 {
                context.doorbell.answer()
                let order = order.load(ordering: .acquiring)
                if order >= Order.acceptNoMore && !isQuiet {
                    isQuiet = true
                    MHD_quiesce_daemon(daemon)
                    quiet.signal()
                }
                if order == Order.end { return }
            }
            let wasFull = context.isFull
            MHD_run(daemon)
            // A full daemon stops listening, and listens again only in the round after one has gone.
            if wasFull && !context.isFull { MHD_run(daemon) }
            let now = MonotonicTime.milliseconds()
            context.connections.sweep(now: now, context.core)
            context.renewCertificate(now: now)
            context.lingering.run(now: now)
        }
    }

    private func timeout(_ daemon: OpaquePointer) -> Int32 {
        var wait: UInt64 = 0
        if MHD_get_timeout(daemon, &wait) == .YES {
            if wait == 0 { return 0 }
        } else {
            wait = .max
        }
        let now = MonotonicTime.milliseconds()
        if !context.connections.isEmpty { wait = min(wait, UInt64(context.connections.wait(now: now))) }
        if let lingering = context.lingering.wait(now: now) { wait = min(wait, UInt64(lingering)) }
        return wait == .max ? -1 : Int32(clamping: wait)
    }
}
