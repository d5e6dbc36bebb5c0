/// A database session on a thread of its own. Bodies run there one after the other, synchronously, so
/// that a transaction is plain code and costs one hop.
package actor PostgresConnection {
    private let thread: PostgresThread
    private let url: String
    private let origin: AuditOrigin?
    private let replacesSession: Bool
    private var session: PostgresSession?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Connects at the first use. One that keeps something in its session (a transaction, a COPY, channels it
    /// listens to) must hear that the session is gone: it is not replaced behind its back.
    package init(url: String, name: String, replacesSession: Bool, origin: AuditOrigin? = nil) {
        self.url = url
        self.origin = origin
        self.replacesSession = replacesSession
        thread = PostgresThread(name: name)
    }

    /// Runs the body with a live session. One that broke earlier is opened anew first, or said to be gone
    /// once and opened anew the next time. `tenant`: as whom; nil is the owner.
    package func run<T: Sendable>(
        as tenant: Int64? = nil, _ body: @Sendable (PostgresSession) throws -> T
    ) throws -> T {
        let session = try liveSession()
        try session.become(tenant)
        return try body(session)
    }

    private func liveSession() throws(StorageError) -> PostgresSession {
        if let session {
            session.noticeHangUp()
            if session.isAlive { return session }
            if replacesSession {
                try session.reconnect()
                return session
            }
            self.session = nil
            throw .connectionLost("the session ended")
        }
        let session = try PostgresSession(url: url, origin: origin)
        self.session = session
        return session
    }

    package func close() { session = nil }
}
