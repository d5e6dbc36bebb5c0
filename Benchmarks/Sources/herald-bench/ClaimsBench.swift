import Domain
import Jobs
import Storage

/// What it costs a process to get its next shard where a thousand tenants wait, each with ten streams, and very much is
/// scheduled for later; and where one tenant waits alone. In a database that is empty at first.
enum ClaimsBench {
    private static let claims = 2_000

    static func run(url: String, scheduled: Int) async throws -> String {
        let database = Database(url: url, connections: 2)
        try await database.run { _ = try Migrations.apply(on: $0) }
        let worker = try await WorkerStore(database: database).register(machine: "bench", pid: 1, pidStarted: 1)
        try await fill(database, tenants: 1, streams: 1, shards: claims * 3, scheduled: 0)
        let alone = try await measure(database, worker)
        try await database.run { try $0.execute("TRUNCATE campaign, shard, template, tenant RESTART IDENTITY CASCADE") }
        try await fill(database, tenants: 1_000, streams: 10, shards: 10, scheduled: scheduled)
        let many = try await measure(database, worker)
        await database.close()
        return """
            {"claim_ms": \(many.claim), "alone_ms": \(alone.claim), "look_ms": \(many.look), "looks": \(many.looks), \
            "claims": \(claims)}
            """
    }

    private static func fill(
        _ database: Database, tenants: Int, streams: Int, shards: Int, scheduled: Int
    ) async throws {
        let later = scheduled / (tenants * streams)
        try await database.run { session in
            try session.execute(
                """
                INSERT INTO tenant (name, tier, sealed_key)
                SELECT 't' || n, (ARRAY['enterprise', 'paid', 'free'])[n % 3 + 1], '' FROM generate_series(1, \(tenants)) n;
                INSERT INTO template (tenant, name, version, channel, content) SELECT id, 't', 1, 1, '{}' FROM tenant;
                INSERT INTO campaign (id, tenant, template, name, channel, category, priority, state, expires_at, fingerprint,
                    columns, dedupe, recipients, rejected, duplicates, first_slice, stream, day, part)
                SELECT t.id * 100 + n, t.id, t.id, 's', 1, 1, 2, 'running', now() + interval '3 days', '', '{}', 'none',
                       0, 0, 0, 0, true, current_date, n
                  FROM tenant t, generate_series(1, \(streams)) n;
                INSERT INTO shard (id, campaign, tenant, tier, priority, due_at, body, ids, n)
                SELECT (c.id << 24) + n, c.id, c.tenant, 1, c.priority,
                       now() + CASE WHEN n <= \(shards) THEN interval '0' ELSE interval '1 hour' * (1 + random()) END, 1, 1, 10
                  FROM campaign c, generate_series(1, \(shards + later)) n
                """)
            try session.execute("VACUUM (ANALYZE) shard, campaign, tenant")
        }
    }

    private static func measure(
        _ database: Database, _ worker: Int64
    ) async throws -> (claim: Double, look: Double, looks: Int) {
        let queue = TimedQueue(base: PostgresQueue(database: database))
        let desk = ShardDesk(queue: queue)
        let room = FairChoice.Room(slots: 1, spare: 0)
        var spent: Duration = .zero
        var taken = 0
        while taken < claims {
            let start = ContinuousClock.now
            let shards = try await desk.next(worker: worker, room: room)
            spent += start.duration(to: .now)
            taken += shards.count
            for shard in shards {
                try await database.run { session in
                    try session.execute(
                        """
                        UPDATE shard SET state = 'done', worker = NULL, closed = n, opened = n WHERE id = $1
                        """, [.int(shard.id)])
                }
                await desk.finished(shard, closed: shard.count, provider: nil)
            }
        }
        let looks = queue.looks
        return (
            spent.seconds * 1000 / Double(taken), looks.time.seconds * 1000 / Double(max(1, looks.count)), looks.count
        )
    }
}
