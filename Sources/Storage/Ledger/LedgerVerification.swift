import Domain

/// Recounts the ledger and holds it against what the reports say, and against the campaigns.
package struct LedgerVerification: Sendable, Hashable {
    package let rows: Int64
    package let messages: Int64
    package let cost: [String: Int64]
    /// Combinations on which ledger and rollups disagree.
    package let differences: [String]
    /// Finished campaigns whose recipients don't all have exactly one final state.
    package let unbalanced: [String]

    package var isSound: Bool { differences.isEmpty && unbalanced.isEmpty }
}

extension LedgerStore {
    package func verify() async throws -> LedgerVerification {
        try await database.run { session in
            try session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            defer { try? session.execute("COMMIT") }
            let total = try session.query(
                "SELECT count(*) AS rows, count(*) FILTER (WHERE final) - count(*) FILTER (WHERE was > 0) AS messages FROM ledger"
            )[0]
            let costs = try session.query(
                "SELECT currency, sum(cost)::bigint AS cost FROM ledger WHERE cost <> 0 GROUP BY 1"
            ).map { (try $0.text("currency"), try $0.int("cost")) }
            let differences = try session.query(
                """
                WITH counted AS (
                    SELECT report_bucket(at) AS bucket, campaign, channel, provider, state, country, currency,
                           sum(messages) AS messages, sum(attempts) AS attempts, sum(segments) AS segments, sum(cost) AS cost
                      FROM (SELECT at, campaign, channel, provider, state, country, currency, final::int AS messages, (was = 0)::int AS attempts, segments, cost FROM ledger
                            UNION ALL
                            SELECT at, campaign, channel, provider, was, country, CASE was WHEN 4 THEN '' ELSE currency END, -1, 0, 0, 0
                              FROM ledger WHERE was > 0) l
                     GROUP BY 1, 2, 3, 4, 5, 6, 7
                ), reported AS (
                    SELECT bucket, campaign, channel, provider, state, country, currency, sum(messages) AS messages,
                           sum(attempts) AS attempts, sum(segments) AS segments, sum(cost) AS cost
                      FROM (SELECT * FROM rollup UNION ALL SELECT * FROM rollup_delta) r GROUP BY 1, 2, 3, 4, 5, 6, 7
                )
                SELECT format('campaign %s, channel %s, provider %s, state %s, %s, %s: ledger %s messages, %s attempts, %s cost; reports %s, %s, %s',
                              campaign, channel, provider, state, country, bucket, coalesce(c.messages, 0), coalesce(c.attempts, 0), coalesce(c.cost, 0),
                              coalesce(r.messages, 0), coalesce(r.attempts, 0), coalesce(r.cost, 0)) AS difference
                  FROM counted c FULL JOIN reported r USING (bucket, campaign, channel, provider, state, country, currency)
                 WHERE (c.messages, c.attempts, c.segments, c.cost) IS DISTINCT FROM (r.messages, r.attempts, r.segments, r.cost)
                   AND (coalesce(c.attempts, 0), coalesce(r.attempts, 0), coalesce(r.messages, 0), coalesce(r.cost, 0)) <> (0, 0, 0, 0)
                 LIMIT 20
                """
            ).map { try $0.text("difference") }
            let unbalanced = try session.query(
                """
                SELECT format('campaign %s (%s): %s recipients, %s final states', c.id, c.state, c.recipients, coalesce(l.messages, 0)) AS difference
                  FROM campaign c LEFT JOIN (SELECT campaign, count(*) FILTER (WHERE final) - count(*) FILTER (WHERE was > 0) AS messages,
                                                    count(DISTINCT message) FILTER (WHERE final) AS distinct_messages
                                               FROM ledger WHERE final OR was > 0 GROUP BY 1) l ON l.campaign = c.id
                 WHERE (NOT c.stream AND c.state IN ('finished', 'cancelled') AND c.recipients <> coalesce(l.messages, 0))
                    OR coalesce(l.messages, 0) <> coalesce(l.distinct_messages, 0)
                 LIMIT 20
                """
            ).map { try $0.text("difference") }
            return LedgerVerification(
                rows: try total.int("rows"), messages: try total.int("messages"),
                cost: Dictionary(uniqueKeysWithValues: costs), differences: differences, unbalanced: unbalanced)
        }
    }
}
