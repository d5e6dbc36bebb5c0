import Domain

/// Reads what reports are made of: the rollups, what was folded together and what was not yet, in one statement. The
/// ledger itself is asked only for what went wrong.
package struct UsageStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    /// Usage in `[from, to)`, in a stable order.
    package func usage(from: Timestamp, to: Timestamp, tenant: Int64? = nil) async throws -> [UsageRow] {
        try await database.run { try Self.usage(from: from, to: to, tenant: tenant, on: $0) }
    }

    /// Runs the body on one state of the database, so that all parts of a report agree.
    package func reading<T: Sendable>(_ body: @Sendable (UsageReading) throws -> T) async throws -> T {
        try await database.run { session in
            try session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            defer { try? session.execute("COMMIT") }
            return try body(UsageReading(session: session))
        }
    }

    /// Summed up first and named afterwards: names are long, and a quarter of an hour has many rows.
    static func usage(
        from: Timestamp, to: Timestamp, tenant: Int64?, on session: PostgresSession
    ) throws -> [UsageRow] {
        let rows = try session.query(
            """
            WITH summed AS (
                SELECT campaign, channel, provider, state, country, currency, sum(messages)::bigint AS messages,
                       sum(attempts)::bigint AS attempts, sum(segments)::bigint AS segments, sum(cost)::bigint AS cost
                  FROM (SELECT * FROM rollup WHERE bucket >= $1 AND bucket < $2
                        UNION ALL SELECT * FROM rollup_delta WHERE bucket >= $1 AND bucket < $2) r
                 WHERE $3::bigint IS NULL OR campaign IN (SELECT id FROM campaign WHERE tenant = $3)
                 GROUP BY 1, 2, 3, 4, 5, 6
            )
            SELECT t.name AS tenant, coalesce(s.name, '') AS source, coalesce(s.cost_centre, '') AS cost_centre,
                   c.id AS campaign, c.name AS campaign_name, r.channel, c.category, coalesce(p.name, '') AS provider,
                   r.country, r.currency, r.state, r.messages, r.attempts, r.segments, r.cost
              FROM summed r JOIN campaign c ON c.id = r.campaign JOIN tenant t ON t.id = c.tenant
              LEFT JOIN source s ON s.id = c.source LEFT JOIN provider p ON p.id = r.provider
             ORDER BY c.id, r.channel, r.provider, r.country, r.currency, r.state
            """, [.time(from), .time(to), .optional(tenant)])
        var usage: [UsageRow] = []
        var places: [UsageRow.Key: Int] = [:]
        for i in 0..<rows.count {
            let next = try UsageRow(row: rows[i])
            if let place = places[next.key] {
                usage[place].add(next)
            } else {
                places[next.key] = usage.count
                usage.append(next)
            }
        }
        return usage
    }
}
