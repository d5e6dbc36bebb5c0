import Domain

/// Several campaigns at a time, in as many queries as for one.
extension CampaignStore {
    /// How a campaign stands at a moment, as far as it changes.
    package struct Standing: Sendable, Hashable {
        package let state: CampaignState
        package let note: String
        package let recipients: Int64
        package let rejected: Int64
        package var progress = CampaignProgress()
    }

    /// Newest first, without streams; `source`: only that one's.
    package func page(tenant: Int64, source: Int64?, before: Int64?, limit: Int) async throws -> [Campaign] {
        try await database.run { session in
            try session.query(
                """
                \(Campaign.selection)
                 WHERE NOT c.stream AND c.tenant = $1 AND ($2::bigint IS NULL OR c.source = $2)
                   AND ($3::bigint IS NULL OR c.id < $3)
                 ORDER BY c.id DESC LIMIT $4
                """, [.int(tenant), .optional(source), .optional(before), .number(limit)]
            ).map { try Campaign(row: $0) }
        }
    }

    /// Those that are there, by number.
    package func standings(of ids: [Int64]) async throws -> [Int64: Standing] {
        guard !ids.isEmpty else { return [:] }
        return try await database.run { session in
            var standings: [Int64: Standing] = [:]
            let campaigns = try session.query(
                "SELECT id, state, note, recipients, rejected FROM campaign WHERE id = ANY ($1)", [.intArray(ids)])
            for index in 0..<campaigns.count {
                let row = campaigns[index]
                standings[try row.int("id")] = Standing(
                    state: CampaignState(rawValue: try row.text("state")) ?? .running, note: try row.text("note"),
                    recipients: try row.int("recipients"), rejected: try row.int("rejected"))
            }
            let rows = try session.query(
                """
                SELECT campaign, state, currency, sum(messages)::bigint AS messages, sum(attempts)::bigint AS attempts,
                       sum(segments)::bigint AS segments, sum(cost)::bigint AS cost
                FROM (SELECT * FROM rollup WHERE campaign = ANY ($1)
                      UNION ALL SELECT * FROM rollup_delta WHERE campaign = ANY ($1)) r
                GROUP BY campaign, state, currency
                """, [.intArray(ids)])
            for index in 0..<rows.count { try standings[rows[index].int("campaign")]?.progress.add(rows[index]) }
            return standings
        }
    }
}

extension CampaignProgress {
    /// Adds a row of rollups.
    mutating func add(_ row: PostgresRow) throws(StorageError) {
        guard let state = MessageState(rawValue: Int16(try row.int("state"))) else { return }
        byState[state, default: 0] += try row.int("messages")
        attempts += try row.int("attempts")
        segments += try row.int("segments")
        let cost = try row.int("cost")
        if cost != 0 { self.cost[try row.text("currency"), default: 0] += cost }
    }
}
