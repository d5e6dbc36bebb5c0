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
            // A month has hundreds of thousands of combinations, and sorting them on disk takes as long as all the rest.
            try session.transaction(
                beginning:
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; \(LedgerStore.keepingSlices); SET LOCAL work_mem = '256MB'"
            ) { try body(UsageReading(session: session)) }
        }
    }

    /// A column each: a quarter of the rows, and less than half of the time, of a row for each state.
    private static let states = MessageState.allCases.map {
        "sum(messages) FILTER (WHERE state = \($0.rawValue))::bigint AS \($0.word)"
    }.joined(separator: ", ")

    /// Summed up first and named afterwards: names are long, and a quarter of an hour has many rows.
    static func usage(
        from: Timestamp, to: Timestamp, tenant: Int64?, on session: PostgresSession
    ) throws -> [UsageRow] {
        let rows = try session.query(
            """
            WITH summed AS (
                SELECT campaign, channel, provider, country, currency, \(states), sum(attempts)::bigint AS attempts,
                       sum(segments)::bigint AS segments, sum(cost)::bigint AS cost,
                       coalesce(sum(attempts) FILTER (WHERE state >= 6 AND currency = '' AND provider <> 0), 0)::bigint AS unpriced
                  FROM (SELECT * FROM rollup WHERE bucket >= $1 AND bucket < $2
                        UNION ALL SELECT * FROM rollup_delta WHERE bucket >= $1 AND bucket < $2) r
                 WHERE $3::bigint IS NULL OR campaign IN (SELECT id FROM campaign WHERE tenant = $3)
                 GROUP BY 1, 2, 3, 4, 5
            )
            SELECT t.name AS tenant, coalesce(s.name, '') AS source, coalesce(s.cost_centre, '') AS cost_centre,
                   c.name AS campaign_name, c.category, coalesce(p.name, '') AS provider_name, r.*
              FROM summed r JOIN campaign c ON c.id = r.campaign JOIN tenant t ON t.id = c.tenant
              LEFT JOIN source s ON s.id = c.source LEFT JOIN provider p ON p.id = r.provider
             ORDER BY c.id, r.channel, r.provider, r.country, r.currency
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
