import Domain
import Senders
import Storage
import Synchronization
import TestDatabase
import TestSupport
import Testing

@testable import Jobs

/// Gates of several processes over one database.
@Suite(.database) struct LimitSettlerTests {
    private func database() async throws -> Database {
        let database = Database(url: try TestDatabase.current.connectionString, connections: 6)
        try await database.run { _ = try Migrations.apply(on: $0) }
        return database
    }

    private func gate(_ rate: Double) -> ProviderGate {
        var settings = LimitSettings()
        settings.account = .init(perSecond: rate)
        settings.criticalShare = 0
        return ProviderGate(provider: 1, settings: settings)
    }

    private func send(_ gate: ProviderGate) -> Int {
        if case .send(let count) = gate.ask(10_000) { count } else { 0 }
    }

    /// Three hungry processes: each comes to have its third, and together they never send more than the limit.
    @Test func processesTogetherSendTheLimitAndEachItsPart() async throws {
        let database = try await database()
        let rate = 300.0
        let start = ContinuousClock.now
        let gates = (0..<3).map { _ in gate(rate) }
        let settlers = gates.map { gate in
            let settler = LimitSettler(database: database) { [gate] }
            return Task { await settler.run() }
        }
        var sent = 0
        try await eventually {
            for gate in gates { sent += send(gate) }
            let shares = try await database.run { session in
                try session.query("SELECT rate FROM provider_limit_share").map { try $0.int("rate") }
            }
            return shares == [100_000_000, 100_000_000, 100_000_000]
        }
        let seconds = start.duration(to: .now).seconds
        for settler in settlers { settler.cancel() }
        for settler in settlers { await settler.value }
        // A burst is a quarter of a second's; who is held up beyond its lease goes on at half its share for a while.
        #expect(Double(sent) <= rate * 1.5 * seconds + rate / 4 + 3)
        // They left in order.
        let left = try await database.run { session in
            try session.query("SELECT count(*) AS n FROM provider_limit_share")[0].int("n")
        }
        #expect(left == 0)
    }

    @Test func aNewProviderIsSettledWithoutWaitingForItsTurnAndIsPublished() async throws {
        let database = try await database()
        let gates = Mutex<[ProviderGate]>([])
        let settler = LimitSettler(database: database) { gates.withLock { $0 } }
        let running = Task { await settler.run() }
        let gate = gate(1000)
        gates.withLock { $0 = [gate] }
        try await eventually { send(gate) > 0 }
        let store = ProviderHealthStore(database: database)
        try await eventually {
            _ = send(gate)
            return try await store.recent().contains { $0.provider == 1 && $0.rate > 0 }
        }
        gate.takeOut(true)
        try await eventually { try await store.recent().contains { $0.state == "out" && $0.share == 0 } }
        running.cancel()
        await running.value
        #expect(try await store.recent().isEmpty)
    }

    @Test func aDatabaseThatIsAwayLeavesAPartOfTheShare() async throws {
        let database = try await database()
        let gate = gate(1000)
        let settler = LimitSettler(database: database) { [gate] }
        let running = Task { await settler.run() }
        try await eventually { send(gate) > 0 }
        try await database.run { try $0.execute("ALTER TABLE provider_limit_share RENAME TO gone") }
        // Later than any lease that was settled before, as the gate is told.
        let later = ContinuousClock.now + .milliseconds(2500)
        _ = gate.ask(10_000, now: later)
        guard case .send(let count) = gate.ask(10_000, now: later + .milliseconds(200)) else {
            Issue.record("nothing is left of the share")
            return
        }
        // Half of it; less where the last settlement was long ago.
        #expect(count <= 100)
        try await database.run { try $0.execute("ALTER TABLE gone RENAME TO provider_limit_share") }
        running.cancel()
        await running.value
    }
}
