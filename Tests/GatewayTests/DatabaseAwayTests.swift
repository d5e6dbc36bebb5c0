import Gateway
import HTTPServer
import Storage
import TestDatabase
import Testing

@Suite(.database) struct DatabaseAwayTests {
    /// A server that can't write its log any more is away: what is told then is what the operator has to do.
    @Test func anAwayServerOnAFullDiskIsAFullDisk() async throws {
        let bench = try await GatewayBench()
        var services = bench.services
        let away = Failure.response(to: StorageError.connectionLost("gone"), services)
        #expect(away.status == 503 && away.headers.contains { $0.name == "Retry-After" })
        services.diskIsFull = { true }
        let full = Failure.response(to: StorageError.connectionLost("gone"), services)
        #expect(full.status == 507 && full.headers.contains { $0.name == "Retry-After" })
        #expect(Failure.response(to: StorageError.poolExhausted(waited: .seconds(1)), services).status == 503)
    }
}
