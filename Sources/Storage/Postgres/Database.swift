import Domain
import Synchronization

/// The pool of database connections that everything shares. Waiting for one is bounded; a connection is
/// held only while its body runs, never while a provider is called.
package final class Database: Sendable {
    package let url: String
    private let waitLimit: Duration
    private let pool: ConnectionPool

    package init(url: String, connections: Int = 8, waitLimit: Duration = .seconds(10), name: String = "db") {
        self.url = url
        self.waitLimit = waitLimit
        pool = ConnectionPool(
            (0..<connections).map { PostgresConnection(url: url, name: "\(name)-\($0)", replacesSession: true) })
    }

    /// Runs the body on a connection of the pool. What it does outside a transaction is not repeated:
    /// after `connectionLost` the caller decides.
    package func run<T: Sendable>(_ body: @Sendable (PostgresSession) throws -> T) async throws -> T {
        let connection = try await pool.take(within: waitLimit)
        do {
            let value = try await connection.run(body)
            pool.give(back: connection)
            return value
        } catch {
            pool.give(back: connection)
            throw error
        }
    }

    /// Runs the body in a transaction, again if it lost against another one.
    package func transaction<T: Sendable>(_ body: @Sendable (PostgresSession) throws -> T) async throws -> T {
        try await transaction(beginning: "", body)
    }

    /// Runs the body in a transaction that sees and writes one tenant's rows only, by the database's own rules: a
    /// forgotten condition finds nothing, and another tenant's number is as good as none.
    package func run<T: Sendable>(asTenant tenant: Int64, _ body: @Sendable (PostgresSession) throws -> T) async throws
        -> T
    {
        try await transaction(
            beginning: "SET LOCAL herald.tenant = '\(tenant)'; SET LOCAL ROLE herald_tenant", body)
    }

    private func transaction<T: Sendable>(
        beginning settings: String, _ body: @Sendable (PostgresSession) throws -> T
    ) async throws -> T {
        try await run { session in
            var triesLeft = 10
            while true {
                do {
                    return try session.transaction(beginning: settings) { try body(session) }
                } catch StorageError.serializationFailure where triesLeft > 0 {
                    triesLeft -= 1
                }
            }
        }
    }

    /// A connection outside the pool, for one that is kept: listening, heartbeats, an upload's COPY.
    package func dedicatedConnection(name: String) -> PostgresConnection {
        PostgresConnection(url: url, name: name, replacesSession: false)
    }

    /// How busy the pool is.
    package var usage: (inUse: Int, waiting: Int, size: Int) { pool.usage }

    package func close() async { await pool.close() }
}
