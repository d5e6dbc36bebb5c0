import Domain

extension WorkStore {
    /// Recipients of a campaign as they are stored, sealed.
    package struct StoredShard: Sendable {
        package let id: Int64
        /// Duplicates, one bit a recipient; nil for none.
        package let skip: [UInt8]?
        package let count: Int
    }

    /// The shards of a campaign that waits, or so many of them at most, evenly over all.
    package func sample(campaign: Int64, most: Int) async throws -> [StoredShard] {
        try await database.run { session in
            try session.query(
                """
                SELECT body, skip, n FROM (
                    SELECT body, skip, n, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS shards
                      FROM shard WHERE campaign = $1 AND state = 'ready' AND items IS NULL) s
                 WHERE place = 0 OR place * $2::bigint / shards <> (place - 1) * $2::bigint / shards
                 ORDER BY place LIMIT $2::bigint
                """, [.int(campaign), .number(most)]
            ).map {
                StoredShard(
                    id: try $0.int("body"), skip: try $0.optionalBytes("skip"), count: Int(try $0.int("n")))
            }
        }
    }
}
