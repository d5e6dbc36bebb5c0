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
    /// Of the rows, those that lie in archives: they count by the sums that were kept of them.
    package let archivedRows: Int64

    package var isSound: Bool { differences.isEmpty && unbalanced.isEmpty }

    /// What is looked at.
    package struct Scope: Sendable, Hashable {
        /// Whole quarters of an hour; a period says nothing about whole campaigns.
        package var from: Timestamp?
        package var to: Timestamp?
        /// Whether no message has two ends. Counting ends finds one that has none; one that has two in place of
        /// another that has none takes a look at each.
        package var eachMessage: Bool

        package init(from: Timestamp? = nil, to: Timestamp? = nil, eachMessage: Bool = false) {
            self.from = from
            self.to = to
            self.eachMessage = eachMessage
        }
    }
}

extension LedgerStore {
    /// One pass over the rows, in parallel: everything else follows from its sums.
    package func verify(_ scope: LedgerVerification.Scope = .init()) async throws -> LedgerVerification {
        let conditions = [
            scope.from.map { "at >= \(Self.instant($0))" }, scope.to.map { "at < \(Self.instant($0))" },
        ].compactMap(\.self)
        let ofRows = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        let ofBuckets = ofRows.replacing("at ", with: "bucket ")
        return try await database.run { session in
            try session.transaction(
                beginning: """
                    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; \(LedgerStore.keepingSlices); SET LOCAL work_mem = '64MB';
                    SET LOCAL jit = off
                    """
            ) {
                let found = try session.query(
                    Self.recount(ofRows: ofRows, ofBuckets: ofBuckets, balances: conditions.isEmpty)
                ).map {
                    (
                        kind: try $0.text("kind"), text: try $0.text("text"), one: try $0.int("one"),
                        two: try $0.int("two")
                    )
                }
                func texts(_ kind: String) -> [String] { found.filter { $0.kind == kind }.map(\.text) }
                let total = found.first { $0.kind == "total" }
                return LedgerVerification(
                    rows: total?.one ?? 0, messages: total?.two ?? 0,
                    cost: Dictionary(
                        found.filter { $0.kind == "cost" }.map { ($0.text, $0.one) }, uniquingKeysWith: { $0 + $1 }),
                    differences: texts("difference"),
                    unbalanced: texts("unbalanced") + (scope.eachMessage ? try Self.twice(ofRows, on: session) : []),
                    archivedRows: found.first { $0.kind == "archived" }?.one ?? 0)
            }
        }
    }

    /// Before a snapshot is taken: a slice that becomes a file after it and before its rows are read would be in neither.
    static let keepingSlices = "LOCK TABLE ledger IN ACCESS SHARE MODE"

    private static func instant(_ time: Timestamp) -> String {
        "('epoch'::timestamptz + \(time.micros) * interval '1 microsecond')"
    }

    /// A correction takes a message out of the state that it was in. A doubt never cost anything: its row names no currency.
    private static func recount(ofRows: String, ofBuckets: String, balances: Bool) -> String {
        """
        WITH archived AS MATERIALIZED (
            SELECT bucket, campaign, channel, provider, state, was, country, currency, sum(rows)::bigint AS rows,
                   sum(ends)::bigint AS ends, sum(segments)::bigint AS segments, sum(cost) AS cost
              FROM ledger_archive_count \(ofBuckets) GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
        ), counted AS MATERIALIZED (
            SELECT date_bin('15 minutes', at, 'epoch') AS bucket, campaign, channel, provider, state, was, country, currency,
                   count(*) AS rows, count(*) FILTER (WHERE final) AS ends, sum(segments) AS segments, sum(cost) AS cost
              FROM ledger \(ofRows) GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
            UNION ALL SELECT * FROM archived
        ), summed AS (
            SELECT bucket, campaign, channel, provider, state, country, currency, sum(messages) AS messages,
                   sum(attempts) AS attempts, sum(segments) AS segments, sum(cost) AS cost
              FROM (SELECT bucket, campaign, channel, provider, state, country, currency, ends AS messages,
                           CASE was WHEN 0 THEN rows ELSE 0 END AS attempts, segments, cost FROM counted
                    UNION ALL
                    SELECT bucket, campaign, channel, provider, was, country, CASE was WHEN 4 THEN '' ELSE currency END, -rows, 0, 0, 0
                      FROM counted WHERE was > 0) l GROUP BY 1, 2, 3, 4, 5, 6, 7
        ), reported AS (
            SELECT bucket, campaign, channel, provider, state, country, currency, sum(messages) AS messages,
                   sum(attempts) AS attempts, sum(segments) AS segments, sum(cost) AS cost
              FROM (SELECT * FROM rollup UNION ALL SELECT * FROM rollup_delta) r \(ofBuckets) GROUP BY 1, 2, 3, 4, 5, 6, 7
        ), difference AS (
            SELECT format('campaign %s, channel %s, provider %s, state %s, %s, %s: ledger %s messages, %s attempts, %s cost; reports %s, %s, %s',
                          campaign, channel, provider, state, country, bucket, coalesce(c.messages, 0), coalesce(c.attempts, 0), coalesce(c.cost, 0),
                          coalesce(r.messages, 0), coalesce(r.attempts, 0), coalesce(r.cost, 0)) AS text
              FROM summed c FULL JOIN reported r USING (bucket, campaign, channel, provider, state, country, currency)
             WHERE (coalesce(c.messages, 0), coalesce(c.attempts, 0), coalesce(c.segments, 0), coalesce(c.cost, 0))
                   IS DISTINCT FROM (coalesce(r.messages, 0), coalesce(r.attempts, 0), coalesce(r.segments, 0), coalesce(r.cost, 0))
             LIMIT 20
        ), ended AS (
            SELECT campaign, sum(ends) - coalesce(sum(rows) FILTER (WHERE was > 0), 0) AS messages FROM counted GROUP BY 1
        ), unbalanced AS (
            SELECT format('campaign %s (%s): %s recipients, %s final states', c.id, c.state, c.recipients, coalesce(l.messages, 0)) AS text
              FROM campaign c LEFT JOIN ended l ON l.campaign = c.id
             WHERE \(balances) AND NOT c.stream AND c.state IN ('finished', 'cancelled') AND c.recipients <> coalesce(l.messages, 0)
             LIMIT 20
        )
        SELECT 'total' AS kind, '' AS text, coalesce(sum(rows), 0)::bigint AS one,
               coalesce(sum(ends) - coalesce(sum(rows) FILTER (WHERE was > 0), 0), 0)::bigint AS two FROM counted
        UNION ALL SELECT 'archived', '', coalesce(sum(rows), 0)::bigint, 0 FROM archived
        UNION ALL SELECT 'cost', currency, sum(cost)::bigint, 0 FROM counted WHERE cost <> 0 GROUP BY 2
        UNION ALL SELECT 'difference', text, 0, 0 FROM difference
        UNION ALL SELECT 'unbalanced', text, 0, 0 FROM unbalanced
        """
    }

    /// Messages with more than one end that no correction took back.
    private static func twice(_ ofRows: String, on session: PostgresSession) throws -> [String] {
        try session.query(
            """
            SELECT format('message %s of campaign %s: %s final states', message, message >> 35,
                          count(*) FILTER (WHERE final) - count(*) FILTER (WHERE was > 0)) AS text
              FROM ledger \(ofRows) GROUP BY message
            HAVING count(*) FILTER (WHERE final) - count(*) FILTER (WHERE was > 0) > 1 LIMIT 20
            """
        ).map { try $0.text("text") }
    }
}
