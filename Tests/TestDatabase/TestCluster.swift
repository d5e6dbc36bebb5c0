import Foundation
import Storage
import TestSupport

/// One throwaway PostgreSQL for a whole test run: made when the first test asks for it, gone with the
/// process, and its databases with it.
package actor TestCluster {
    package static let shared = TestCluster()

    private var starting: Task<RunningCluster, any Error>?
    private var databases = 0

    /// How to connect to the server's own database.
    package func parameters() async throws -> ConnectionParameters { try await running().parameters }

    /// Makes an empty database, or a copy of `template`.
    package func makeDatabase(template: String = "template1") async throws -> ConnectionParameters {
        databases += 1
        let name = "test_\(databases)"
        let server = try await parameters()
        try await Self.psql("CREATE DATABASE \(name) TEMPLATE \(template)", on: server)
        return server.withDatabase(name)
    }

    /// Removes a database, sessions that are still open included.
    package func dropDatabase(_ parameters: ConnectionParameters) async throws {
        let server = try await self.parameters()
        try await Self.psql("DROP DATABASE \(parameters.database) WITH (FORCE)", on: server)
    }

    private func running() async throws -> RunningCluster {
        if let starting { return try await starting.value }
        let task = Task {
            let folder = try TestFolder.make()
            let home = HeraldHome(path: folder)
            let running = try await EmbeddedCluster(
                home: home, environment: ProcessInfo.processInfo.environment, options: .throwaway
            ).start()
            TestFolder.atExit { try? running.stopNow() }
            return running
        }
        starting = task
        return try await task.value
    }

    /// Runs one statement in a process of its own, off the cooperative pool.
    package static func psql(_ statement: String, on parameters: ConnectionParameters, quietly: Bool = false)
        async throws
    {
        let process = try ChildProcess(
            "/usr/bin/psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement, parameters.connectionString],
            environment: ["PATH": "/usr/bin:/bin"], errors: quietly ? .nothing : .ours)
        let status = await process.end()
        guard status == 0 else { throw TestDatabaseError.statementFailed(statement) }
    }
}

package enum TestDatabaseError: Error {
    case statementFailed(String)
    case noFolder(errno: Int32)
    /// `TestDatabase.current` was asked outside of a test with the trait `.database`.
    case noDatabase
}
