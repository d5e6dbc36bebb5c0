private import CCurl
private import Glibc

/// The sockets that one thread waits for, each under a key of its owner's, and an event that wakes the thread.
final class SocketPoller {
    private let descriptor: Int32
    private var ready: [epoll_event] = Array(repeating: epoll_event(), count: 128)
    private static let wakeKey = UInt64.max

    /// Nil where the system has no more descriptors.
    init?(waker: Int32) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        control(EPOLL_CTL_ADD, waker, Self.wakeKey, EPOLLIN.rawValue)
    }

    deinit { close(descriptor) }

    func add(_ socket: Int32, key: Int, reading: Bool, writing: Bool) {
        control(EPOLL_CTL_ADD, socket, UInt64(key), Self.events(reading, writing))
    }

    func change(_ socket: Int32, key: Int, reading: Bool, writing: Bool) {
        control(EPOLL_CTL_MOD, socket, UInt64(key), Self.events(reading, writing))
    }

    /// Before the socket is closed.
    func remove(_ socket: Int32) { control(EPOLL_CTL_DEL, socket, 0, 0) }

    /// Waits (for ever where the time is negative) and hands out the keys of what is ready. A broken connection is
    /// ready: whoever reads it learns how it broke.
    func wait(milliseconds: Int32, _ handle: (_ key: Int) -> Void) {
        let count = epoll_wait(descriptor, &ready, Int32(ready.count), milliseconds)
        guard count > 0 else { return }
        for index in 0..<Int(count) where ready[index].data.u64 != Self.wakeKey {
            handle(Int(ready[index].data.u64))
        }
    }

    private static func events(_ reading: Bool, _ writing: Bool) -> UInt32 {
        (reading ? EPOLLIN.rawValue : 0) | (writing ? EPOLLOUT.rawValue : 0)
    }

    private func control(_ operation: Int32, _ socket: Int32, _ key: UInt64, _ events: UInt32) {
        var event = epoll_event()
        event.events = events
        event.data.u64 = key
        _ = epoll_ctl(descriptor, operation, socket, &event)
    }
}
