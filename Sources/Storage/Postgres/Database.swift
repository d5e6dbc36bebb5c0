import Domain
import Synchronization

/// The pool of database connections that everything shares. Waiting for one is bounded; a connection is
/// held only while its body runs, never while a provider is called.
///
/// As the owner of the tables it sees all of them. `of(tenant:)` is the same pool as one tenant: whatever runs there
/// sees and writes that tenant's rows only, by the database's own rules.
package final class Database: Sendable {
    package let url: String
    /// Who changes things through it, where the change itself doesn't say so.
    package let origin: AuditOrigin?
    private let waitLimit: Duration
    private let pool: ConnectionPool
    /// Nil: the owner.
    private let tenant: Int64?

    package init(
        url: String, connections: Int = 8, waitLimit: Duration = .seconds(10), name: String = "db",
        origin: AuditOrigin? = nil
    ) {
        self.url = url
        self.origin = origin
        self.waitLimit = waitLimit
        tenant = nil
        pool = ConnectionPool(
            (0..<connections).map {
                PostgresConnection(url: url, name: "\(name)-\($0)", replacesSession: true, origin: origin)
            })
    }

    private init(_ whole: Database, tenant: Int64) {
        url = whole.url
        origin = whole.origin
        waitLimit = whole.waitLimit
        pool = whole.pool
        self.tenant = tenant
    }

    /// As one tenant: a forgotten condition finds nothing, and another tenant's number is as good as none.
    package func of(tenant: Int64) -> Database { Database(self, tenant: tenant) }

    /// Runs the body on a connection of the pool. What it does outside a transaction is not repeated:
    /// after `connectionLost` the caller decides.
    package func run<T: Sendable>(_ body: @Sendable (PostgresSession) throws -> T) async throws -> T {
        let connection = try await pool.take(for: tenant, within: waitLimit)
        do {
            let value = try await connection.run(as: tenant, body)
            pool.give(back: connection, of: tenant)
            return value
        } catch {
            pool.give(back: connection, of: tenant)
            throw error
        }
    }

    /// Runs the body in a transaction, again if it lost against another one.
    package func transaction<T: Sendable>(_ body: @Sendable (PostgresSession) throws -> T) async throws -> T {
        try await run { session in
            var triesLeft = 10
            while true {
                do {
                    return try session.transaction { try body(session) }
                } catch StorageError.serializationFailure where triesLeft > 0 {
                    triesLeft -= 1
                }
            }
        }
    }

    /// A connection outside the pool, the owner's, for one that is kept: listening, heartbeats, an upload's COPY.
    package func dedicatedConnection(name: String) -> PostgresConnection {
        PostgresConnection(url: url, name: name, replacesSession: false, origin: origin)
    }

    /// How busy the pool is.
    package var usage: (inUse: Int, waiting: Int, size: Int) { pool.usage }

    package func close() async { await pool.close() }
}
