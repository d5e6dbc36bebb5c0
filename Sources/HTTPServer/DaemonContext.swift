private import Synchronization

/// What the library's callbacks are handed: the server they belong to, and how to wake their thread.
final class DaemonContext: Sendable {
    let core: ServerCore
    let doorbell: Doorbell

    private let open = Atomic<Int>(0)

    init(core: ServerCore, doorbell: Doorbell) {
        self.core = core
        self.doorbell = doorbell
    }

    /// Counted by the library's notices: asking it from another thread is not safe.
    var connectionCount: Int { open.load(ordering: .relaxed) }
    var isFull: Bool { connectionCount >= connectionLimit }
    /// The server's limit is shared out among its threads.
    var connectionLimit: Int {
        let threads = max(core.options.threads, 1)
        return (core.options.maxConnections + threads - 1) / threads
    }

    func connectionOpened() { open.add(1, ordering: .relaxed) }
    func connectionClosed() { open.subtract(1, ordering: .relaxed) }
}
