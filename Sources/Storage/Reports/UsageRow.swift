import Domain

/// Volume and cost of one combination over a span of time, as reports need it.
package struct UsageRow: Sendable, Hashable {
    package let tenant: String
    package let source: String
    package let campaign: Int64
    package let campaignName: String
    package let channel: Channel
    package let category: Category
    package let provider: String
    package let country: String
    package let currency: String
    package var states: [MessageState: Int64]
    package var messages: Int64
    package var attempts: Int64
    package var segments: Int64
    package var cost: Int64
}

/// Reads the rollups: what was folded together and what was not yet, in one statement.
package struct UsageStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    /// Usage in `[from, to)`, in a stable order.
    package func usage(from: Timestamp, to: Timestamp, tenant: Int64? = nil) async throws -> [UsageRow] {
        try await database.run { session in
            let rows = try session.query(
                """
                SELECT t.name AS tenant, coalesce(s.name, '') AS source, c.id AS campaign, c.name AS campaign_name, r.channel,
                       c.category, coalesce(p.name, '') AS provider, r.country, r.currency, r.state,
                       sum(r.messages)::bigint AS messages, sum(r.attempts)::bigint AS attempts,
                       sum(r.segments)::bigint AS segments, sum(r.cost)::bigint AS cost
                  FROM (SELECT * FROM rollup WHERE bucket >= $1 AND bucket < $2
                        UNION ALL SELECT * FROM rollup_delta WHERE bucket >= $1 AND bucket < $2) r
                  JOIN campaign c ON c.id = r.campaign JOIN tenant t ON t.id = c.tenant
                  LEFT JOIN source s ON s.id = c.source LEFT JOIN provider p ON p.id = r.provider
                 WHERE $3::bigint IS NULL OR c.tenant = $3
                 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
                 ORDER BY 1, 2, 3, 5, 7, 8, 9, 10
                """, [.time(from), .time(to), .optional(tenant)])
            var usage: [UsageRow] = []
            for i in 0..<rows.count {
                let next = try UsageRow(row: rows[i])
                if usage.last?.isSameCombination(as: next) == true {
                    usage[usage.count - 1].add(next)
                } else {
                    usage.append(next)
                }
            }
            return usage
        }
    }
}

extension UsageRow {
    fileprivate init(row: PostgresRow) throws(StorageError) {
        tenant = try row.text("tenant")
        source = try row.text("source")
        campaign = try row.int("campaign")
        campaignName = try row.text("campaign_name")
        guard let channel = Channel(code: try row.int("channel")),
            let category = Category(code: try row.int("category")),
            let state = MessageState(rawValue: Int16(try row.int("state")))
        else { throw .malformed("rollup") }
        self.channel = channel
        self.category = category
        provider = try row.text("provider")
        country = try row.text("country")
        currency = try row.text("currency")
        messages = try row.int("messages")
        states = [state: messages]
        attempts = try row.int("attempts")
        segments = try row.int("segments")
        cost = try row.int("cost")
    }

    fileprivate func isSameCombination(as other: UsageRow) -> Bool {
        campaign == other.campaign && channel == other.channel && provider == other.provider
            && country == other.country && currency == other.currency
    }

    fileprivate mutating func add(_ other: UsageRow) {
        states.merge(other.states) { $0 + $1 }
        messages += other.messages
        attempts += other.attempts
        segments += other.segments
        cost += other.cost
    }
}
