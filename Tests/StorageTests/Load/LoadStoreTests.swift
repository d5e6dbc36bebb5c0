import Domain
import Storage
import TestDatabase
import Testing

/// What waits is counted as a worker would find it.
@Suite(.database) struct LoadStoreTests {
    private static func number(_ fixture: Fixture, _ name: String, _ label: String = "") async throws -> Int64? {
        try await LoadStore(database: fixture.database).read()[.init(name: name, label: label)]
    }

    @Test func whatIsDueIsCountedAndWhatCantGoIsNot() async throws {
        let fixture = try await Fixture()
        #expect(try await Self.number(fixture, "waiting_shards", "0") == nil)
        #expect(try await Self.number(fixture, "receipts") == 0)
        let first = try await fixture.campaign(shards: [700, 300])
        let paused = try await fixture.campaign(shards: [50], fingerprint: 2)
        _ = try await fixture.campaign(shards: [60], dueAt: .now + .seconds(3600), fingerprint: 3)
        try await fixture.database.run { session in
            try session.execute("UPDATE campaign SET state = 'paused' WHERE id = $1", [.int(paused)])
            try session.execute(
                "UPDATE shard SET due_at = now() - interval '90 seconds' WHERE campaign = $1 AND n = 300", [.int(first)]
            )
            // One that waits for another try, later.
            try session.execute(
                """
                INSERT INTO shard (id, campaign, tenant, tier, priority, due_at, body, ids, items, n)
                SELECT -1, campaign, tenant, tier, priority, now() + interval '1 hour', body, ids, '', 5
                  FROM shard WHERE campaign = $1 AND n = 700
                """, [.int(first)])
            try session.execute(
                "INSERT INTO dead_letter VALUES (1, now(), $1, NULL, 1, 1, 1, 'poison', 'open', '', NULL)",
                [.int(first)])
        }
        #expect(try await Self.number(fixture, "waiting_shards", "0") == 2)
        #expect(try await Self.number(fixture, "waiting_messages", "0") == 1000)
        #expect(try #require(try await Self.number(fixture, "waiting_age", "0")) >= 90_000_000)
        #expect(try await Self.number(fixture, "campaigns", "paused") == 1)
        #expect(try await Self.number(fixture, "dead_letters") == 1)

        let worker = try await fixture.worker()
        #expect(try await fixture.work.claim(worker: worker, lane: .bulk, limit: 1).count == 1)
        #expect(try await Self.number(fixture, "taken_shards", "0") == 1)
        #expect(try await Self.number(fixture, "waiting_shards", "0") == 1)
        #expect(try await Self.number(fixture, "workers") == 1)
    }

    @Test func anotherTryKeepsTheTrace() async throws {
        let fixture = try await Fixture()
        let campaign = try await fixture.campaign(shards: [10])
        let trace = TraceParent(high: 1, low: .max, span: 3, flags: 1)
        try await fixture.database.run { session in
            try session.execute(
                "UPDATE shard SET trace = $2 WHERE campaign = $1", [.int(campaign), .bytes(trace.bytes)])
            try session.execute(
                "SELECT add_retry_shard(id, now(), '', 1, 0) FROM shard WHERE campaign = $1", [.int(campaign)])
        }
        let shards = try await fixture.work.claim(worker: try await fixture.worker(), lane: .bulk, limit: 5)
        #expect(shards.count == 2 && shards.allSatisfy { $0.trace == trace })
        #expect(trace.header == "00-0000000000000001ffffffffffffffff-0000000000000003-01")
    }
}
