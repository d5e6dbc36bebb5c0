import Domain
import Storage
import TestDatabase
import Testing

@Suite(.database) struct ProviderHealthTests {
    private func health(_ provider: Int64, _ process: Int64, state: String = "closed") -> ProviderHealth {
        ProviderHealth(
            provider: provider, process: process, at: .now, state: state, lasting: .seconds(3), score: 990, share: 100,
            rate: 12.5, errorShare: 0.25, timeOutShare: 0, p50: .milliseconds(20), p99: nil, inFlight: 3, allowed: 64,
            learntLimit: nil)
    }

    @Test func theLastWordOfEachProcessCounts() async throws {
        let fixture = try await Fixture()
        let store = ProviderHealthStore(database: fixture.database)
        try await store.publish([health(1, 1), health(2, 1)])
        try await store.publish([health(1, 2), health(1, 1, state: "open")])
        let seen = try await store.recent()
        #expect(seen.map { [$0.provider, $0.process] } == [[1, 1], [1, 2], [2, 1]])
        #expect(seen.map(\.state) == ["open", "closed", "closed"])
        #expect(seen[0].rate == 12.5 && seen[0].errorShare == 0.25 && seen[0].p50 == .milliseconds(20))
        #expect(seen[0].p99 == nil && seen[0].learntLimit == nil && seen[0].lasting == .seconds(3))
    }

    @Test func whatIsOldIsNotShownAndGoesInTime() async throws {
        let fixture = try await Fixture()
        let store = ProviderHealthStore(database: fixture.database)
        try await store.publish([health(1, 1), health(2, 1)])
        try await fixture.database.run { session in
            try session.execute("UPDATE provider_health SET at = at - interval '20 seconds' WHERE provider = 1")
            try session.execute("UPDATE provider_health SET at = at - interval '2 hours' WHERE provider = 2")
        }
        #expect(try await store.recent().isEmpty)
        try await store.publish([health(3, 1)])
        let left = try await fixture.database.run { session in
            try session.query("SELECT provider FROM provider_health ORDER BY 1").map { try $0.int("provider") }
        }
        #expect(left == [1, 3])
    }

    @Test func aProviderIsTakenOutAndInOnce() async throws {
        let fixture = try await Fixture()
        try await fixture.providers.addProvider(name: "telco", kind: "sandbox", tenant: nil, settings: "{}")
        let provider = try #require(try await fixture.providers.providers().first)
        #expect(provider.outSince == nil)
        #expect(try await fixture.providers.take(provider.id, out: true))
        #expect(try await !fixture.providers.take(provider.id, out: true))
        #expect(try await fixture.providers.providers().first?.outSince != nil)
        #expect(try await fixture.providers.take(provider.id, out: false))
        #expect(try await fixture.providers.providers().first?.outSince == nil)
    }
}
