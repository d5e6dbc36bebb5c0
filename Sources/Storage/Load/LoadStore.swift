/// What waits in the database, for monitoring: counted by index, and each number up to a bound, so that looking costs
/// a tenth of a second at most, however much there is.
package struct LoadStore: Sendable {
    let database: Database
    /// Numbers stop here.
    package static let most = 20_000

    package init(database: Database) { self.database = database }

    /// Names of what was counted, each with what it is by (a lane, a state) or nothing.
    package struct Key: Sendable, Hashable {
        package let name: String
        package let label: String

        package init(name: String, label: String) {
            self.name = name
            self.label = label
        }
    }

    /// One statement. A sequential plan looks good to a planner that has seen an empty table.
    package func read() async throws -> [Key: Int64] {
        try await database.run { session in
            try session.transaction(
                beginning: "SET LOCAL enable_seqscan = off; SET LOCAL statement_timeout = '2s'"
            ) {
                var numbers: [Key: Int64] = [:]
                let rows = try session.query(Self.statement, [.number(Self.most)])
                for place in 0..<rows.count {
                    let row = rows[place]
                    numbers[Key(name: try row.text("name"), label: try row.text("label"))] = try row.int("number")
                }
                return numbers
            }
        }
    }

    /// `head` jumps from tenant to tenant; of each the shards that are due are counted in their order, and the first
    /// few say since when. What waits for a paused campaign waits for a person, and isn't counted. The time is the
    /// transaction's, because the clock's own is no condition for an index.
    private static let statement = """
        WITH RECURSIVE head AS (
            (SELECT s.lane, s.priority, s.tenant, s.fresh FROM shard s WHERE s.state = 'ready'
              ORDER BY s.lane, s.priority, s.tenant, s.fresh, s.due_at LIMIT 1)
            UNION ALL
            SELECT n.* FROM head h CROSS JOIN LATERAL (
                   SELECT s.lane, s.priority, s.tenant, s.fresh FROM shard s
                    WHERE s.state = 'ready' AND (s.lane, s.priority, s.tenant, s.fresh) > (h.lane, h.priority, h.tenant, h.fresh)
                    ORDER BY s.lane, s.priority, s.tenant, s.fresh, s.due_at LIMIT 1) n
        ), oldest AS (
            SELECT d.lane::text AS lane, (extract(epoch FROM max(now() - d.due_at)) * 1000000)::bigint AS age
              FROM head h CROSS JOIN LATERAL (
                   SELECT s.lane, s.due_at, s.campaign FROM shard s
                    WHERE s.lane = h.lane AND s.priority = h.priority AND s.tenant = h.tenant AND s.fresh = h.fresh
                      AND s.state = 'ready' AND s.due_at <= now()
                    ORDER BY s.due_at LIMIT 4) d
              JOIN campaign c ON c.id = d.campaign AND c.state = 'running' GROUP BY 1
        ), due AS (
            SELECT d.* FROM head h CROSS JOIN LATERAL (
                   SELECT s.lane, s.n - s.closed AS messages, s.campaign FROM shard s
                    WHERE s.lane = h.lane AND s.priority = h.priority AND s.tenant = h.tenant AND s.fresh = h.fresh
                      AND s.state = 'ready' AND s.due_at <= now()
                    ORDER BY s.due_at LIMIT $1::bigint / 4) d
             LIMIT $1::bigint
        ), waiting AS (
            SELECT d.lane::text AS lane, count(*) AS shards, sum(d.messages)::bigint AS messages
              FROM due d JOIN campaign c ON c.id = d.campaign AND c.state = 'running' GROUP BY 1
        ), callbacks AS (
            SELECT due_at FROM callback WHERE state IN ('new', 'parked') AND due_at <= now()
             ORDER BY due_at LIMIT $1::bigint
        ), webhooks AS (
            SELECT (SELECT d.due_at FROM webhook_delivery d WHERE d.endpoint = e.id AND d.state = 'waiting'
                     ORDER BY d.due_at, d.event LIMIT 1) AS due_at
              FROM webhook_endpoint e WHERE e.state = 'active' AND e.failing_since IS NULL
        )
        SELECT 'waiting_shards' AS name, lane AS label, shards AS number FROM waiting
        UNION ALL SELECT 'waiting_messages', lane, messages FROM waiting
        UNION ALL SELECT 'waiting_age', lane, age FROM oldest
        UNION ALL SELECT 'taken_shards', lane::text, count(*) FROM shard WHERE state = 'taken' GROUP BY lane
        UNION ALL SELECT 'campaigns', state, count(*) FROM campaign
                   WHERE state NOT IN ('finished', 'cancelled') AND NOT stream GROUP BY state
        UNION ALL SELECT 'receipts', '', count(*) FROM callbacks
        UNION ALL SELECT 'receipts_age', '',
                         coalesce((extract(epoch FROM max(now() - due_at)) * 1000000)::bigint, 0) FROM callbacks
        UNION ALL SELECT 'rollup_rows', '', count(*) FROM (SELECT FROM rollup_delta LIMIT $1::bigint) r
        UNION ALL SELECT 'dead_letters', '', count(*) FROM (SELECT FROM dead_letter WHERE state = 'open' LIMIT $1::bigint) d
        UNION ALL SELECT 'webhooks_age', '',
                         greatest(coalesce((extract(epoch FROM max(clock_timestamp() - due_at)) * 1000000)::bigint, 0), 0) FROM webhooks
        UNION ALL SELECT 'webhooks_failing', '', count(*) FROM webhook_endpoint WHERE state = 'active' AND failing_since IS NOT NULL
        UNION ALL SELECT 'webhooks_disabled', '', count(*) FROM webhook_endpoint WHERE state = 'disabled'
        UNION ALL SELECT 'budget_used', u.id::text, u.used FROM (
                   SELECT id, spent / greatest(amount / 1000, 1) AS used FROM budget WHERE removed_at IS NULL ORDER BY id LIMIT 500) u
        UNION ALL SELECT 'alerts', measure, count(*) FROM alert WHERE state = 'open' GROUP BY measure
        UNION ALL SELECT 'workers', '', count(*) FROM worker
        """
}
