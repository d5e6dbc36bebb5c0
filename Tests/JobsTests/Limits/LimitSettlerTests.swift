import Domain
import Senders
import Storage
import Synchronization
import TestDatabase
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

    /// In real time: what three hungry processes send together over some seconds is the limit, and each has its part.
    @Test func processesTogetherSendTheLimitAndEachItsPart() async throws {
        let database = try await database()
        let rate = 300.0
        let gates = (0..<3).map { _ in gate(rate) }
        let settlers = gates.map { gate in
            let settler = LimitSettler(database: database) { [gate] }
            return Task { await settler.run() }
        }
        // Until all have their parts; each second somebody's is settled.
        let warm = ContinuousClock.now + .seconds(4)
        while ContinuousClock.now < warm {
            for gate in gates { _ = send(gate) }
            try await Task.sleep(for: .milliseconds(20))
        }
        var sent = [0, 0, 0]
        let start = ContinuousClock.now
        while start.duration(to: .now) < .seconds(4) {
            for (place, gate) in gates.enumerated() { sent[place] += send(gate) }
            try await Task.sleep(for: .milliseconds(20))
        }
        let seconds = start.duration(to: .now).seconds
        for settler in settlers { settler.cancel() }
        for settler in settlers { await settler.value }
        let all = Double(sent.reduce(0, +))
        #expect(all <= rate * seconds * 1.02 + 3)
        #expect(all >= rate * seconds * 0.7)
        #expect(sent.allSatisfy { Double($0) > all / 3 * 0.7 && Double($0) < all / 3 * 1.3 })
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
        try await eventually { try await store.recent().contains { $0.provider == 1 && $0.rate > 0 } }
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
        let before = ContinuousClock.now
        try await eventually { before.duration(to: .now) > .milliseconds(2500) }
        _ = send(gate)
        let start = ContinuousClock.now
        var sent = 0
        while start.duration(to: .now) < .seconds(2) {
            sent += send(gate)
            try await Task.sleep(for: .milliseconds(20))
        }
        let rate = Double(sent) / start.duration(to: .now).seconds
        #expect(rate > 300 && rate < 550)
        try await database.run { try $0.execute("ALTER TABLE gone RENAME TO provider_limit_share") }
        running.cancel()
        await running.value
    }

    private struct NeverCame: Error {}

    private func eventually(_ isSo: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while (try? await isSo()) != true {
            guard ContinuousClock.now < deadline else { throw NeverCame() }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
