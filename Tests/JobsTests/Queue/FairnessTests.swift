import Domain
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import Jobs

/// A thousand tenants in PostgreSQL, of which one offers most; the slots' time goes by a clock of its own.
@Suite(.database) struct FairnessTests {
    private static let slots = 16
    private static let tenants = 1_000
    /// Shards of the one, and of each of the others.
    private static let (greedy, modest) = (3_000, 2)

    private func fill(_ database: Database) async throws {
        try await database.run { session in
            _ = try Migrations.apply(on: session)
            try session.execute(
                """
                INSERT INTO tenant (name, sealed_key) SELECT 't' || n, '' FROM generate_series(1, \(Self.tenants)) n;
                INSERT INTO template (tenant, name, version, channel, content) SELECT id, 't', 1, 1, '{}' FROM tenant;
                INSERT INTO campaign (id, tenant, template, name, channel, category, priority, state, expires_at, fingerprint,
                    columns, dedupe, recipients, rejected, duplicates, first_slice, stream, day)
                SELECT t.id, t.id, t.id, 's', 1, 1, 2, 'running', now() + interval '3 days', '', '{}', 'none', 0, 0, 0, 0, true, current_date
                  FROM tenant t;
                INSERT INTO shard (id, campaign, tenant, tier, priority, due_at, body, ids, n)
                SELECT (c.id << 24) + n, c.id, c.tenant, 1, c.priority, now(), 1, 1, 10
                  FROM campaign c, generate_series(1, CASE c.id WHEN 1 THEN \(Self.greedy) ELSE \(Self.modest) END) n;
                """)
        }
    }

    /// All waits at once: until the others are through, each tenant gets as much as each other one.
    @Test func aThousandTenantsShareWhateverOneOffers() async throws {
        let database = Database(url: try TestDatabase.current.connectionString, connections: 4)
        try await fill(database)
        let (clock, start) = (ManualClock(), ContinuousClock.now)
        let first = clock.now()
        let queue = PostgresQueue(database: database)
        let desk = ShardDesk(queue: queue, now: { start + (clock.now() - first) })
        let worker = try await WorkerStore(database: database).register(machine: "m", pid: 1, pidStarted: 1)
        let room = FairChoice.Room(slots: Self.slots, spare: 0)
        var random = SeededRandom(seed: 4)
        var served: [Int64: Int] = [:]
        var held: [(shard: ClaimedShard, end: Timestamp)] = []
        var greedyWhenDone = 0
        var left = (Self.tenants - 1) * Self.modest
        while left > 0 {
            var isFull = false
            while held.count < Self.slots, !isFull {
                let shards = try await desk.next(worker: worker, room: room)
                isFull = shards.isEmpty
                for shard in shards {
                    // Several end at a time, so that a claim is for several slots.
                    let time = Duration.milliseconds(Bool.random(using: &random) ? 10 : 20)
                    held.append((shard, clock.now() + time))
                }
            }
            let end = try #require(held.map(\.end).min())
            clock.pass(end - clock.now())
            let done = held.filter { $0.end <= clock.now() }.map(\.shard)
            held.removeAll { $0.end <= clock.now() }
            try await database.run { session in
                try session.execute(
                    "UPDATE shard SET state = 'done', worker = NULL, closed = n, opened = n WHERE id = ANY ($1)",
                    [.intArray(done.map(\.id))])
            }
            for shard in done {
                served[shard.tenant, default: 0] += 1
                if shard.tenant != 1 { left -= 1 }
                await desk.finished(shard, closed: shard.count, provider: nil)
            }
            greedyWhenDone = served[1] ?? 0
        }
        // As much as each of the others, and what the slots took up while the last of those were under way.
        #expect(greedyWhenDone >= Self.modest)
        #expect(greedyWhenDone <= Self.modest + 2 * Self.slots, "\(greedyWhenDone)")
        #expect(served.count == Self.tenants)
        #expect(served.allSatisfy { $0.key == 1 || $0.value == Self.modest })
    }
}
