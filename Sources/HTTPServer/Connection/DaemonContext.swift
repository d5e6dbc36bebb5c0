private import Synchronization

/// What the library's callbacks are handed: the server they belong to, how to wake their thread, and the thread's
/// open connections.
final class DaemonContext: Sendable {
    let core: ServerCore
    let doorbell: Doorbell
    private let open = Atomic<Int>(0)

    /// Touched only by the polling thread, which alone calls the library: so no lock is needed.
    nonisolated(unsafe) var random = RandomBits()
    nonisolated(unsafe) let connections = ConnectionList()
    nonisolated(unsafe) let lingering = LingeringSockets()

    nonisolated(unsafe) private var certificateSeenAt: Int64 = 0

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

    func opened(_ record: ConnectionRecord) {
        open.add(1, ordering: .relaxed)
        core.opened()
        connections.insert(record)
        core.addresses.opened(record.peer)
    }

    func closed(_ record: ConnectionRecord) {
        open.subtract(1, ordering: .relaxed)
        connections.remove(record)
        core.addresses.closed(record.peer)
        core.closed()
    }

    /// Looks every few seconds whether the certificate's files have changed.
    func renewCertificate(now: Int64) {
        guard let certificate = core.options.certificate, now - certificateSeenAt > 5000 else { return }
        certificateSeenAt = now
        do {
            if try certificate.reloadIfChanged() { core.options.notice?("A renewed certificate is in use.") }
        } catch {
            core.options.notice?("The certificate stays as it was: \(error)")
        }
    }
}
