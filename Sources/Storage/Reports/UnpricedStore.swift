import Domain

/// What providers took lately that no price was known for: a price list may cover some prefixes only, and nobody sees that
/// before a message goes elsewhere.
package struct UnpricedStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    package struct Gap: Sendable, Hashable {
        package let provider: Int64
        package let channel: Channel
        /// Empty for numbers of none.
        package let countries: [String]
        package let attempts: Int64
    }

    /// Counted as reports count it.
    package func recent(days: Int) async throws -> [Gap] {
        try await database.run { session in
            try session.query(
                """
                SELECT provider, channel, sum(attempts)::bigint AS attempts, string_agg(DISTINCT country, ',' ORDER BY country) AS countries
                  FROM (SELECT * FROM rollup WHERE bucket >= now() - make_interval(days => $1::int)
                        UNION ALL SELECT * FROM rollup_delta WHERE bucket >= now() - make_interval(days => $1::int)) r
                 WHERE state >= 6 AND currency = '' AND provider <> 0 AND attempts > 0
                 GROUP BY 1, 2 ORDER BY 1, 2
                """, [.number(days)]
            ).map { row in
                guard let channel = Channel(code: try row.int("channel")) else {
                    throw StorageError.malformed("rollup")
                }
                let countries = try row.text("countries").split(separator: ",", omittingEmptySubsequences: false)
                return Gap(
                    provider: try row.int("provider"), channel: channel, countries: countries.map(String.init),
                    attempts: try row.int("attempts"))
            }
        }
    }
}
