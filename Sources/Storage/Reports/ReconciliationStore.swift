import Domain

/// Holds a provider's invoice against the ledger, message by message.
package struct ReconciliationStore: Sendable {
    /// A line of an invoice.
    package struct Line: Sendable {
        package let number: Int
        package let reference: String
        package let micros: Int64
        package let currency: String

        package init(number: Int, reference: String, micros: Int64, currency: String) {
            self.number = number
            self.reference = reference
            self.micros = micros
            self.currency = currency
        }
    }

    /// What does not agree.
    package struct Finding: Sendable, Hashable {
        package enum Kind: String, Sendable, Hashable, CaseIterable {
            case onlyTheirs = "only_theirs"
            case onlyOurs = "only_ours"
            case price
        }

        package let kind: Kind
        package let reference: String
        /// Of the invoice; nil where it has none.
        package let line: Int64?
        package let theirs: Int64?
        package let theirCurrency: String
        package let ours: Int64?
        package let ourCurrency: String
        package let message: Int64?
        package let sent: Timestamp?
    }

    package struct Outcome: Sendable {
        /// Messages on which both agree, and what they cost by currency.
        package let matched: Int64
        package let matchedCost: [String: Int64]
        package let findings: [Finding]
    }

    let database: Database

    package init(database: Database) { self.database = database }

    /// The provider's messages of `[from, to)`; lines about those around it are matched too. `tolerance` in millionths.
    package func reconcile(
        provider: Int64, from: Timestamp, to: Timestamp, lines: [Line], tolerance: Int64
    ) async throws -> Outcome {
        var copy = CopyRows()
        for line in lines {
            copy.startRow(columns: 4)
            copy.append(Int64(line.number))
            copy.append(text: line.reference)
            copy.append(line.micros)
            copy.append(text: line.currency)
        }
        copy.finish()
        let rows = copy.bytes
        return try await database.transaction { session in
            let archives = try ArchiveStore.holding(provider: provider, from: from, to: to, on: session)
            if !archives.isEmpty { throw RowsAreArchived(what: "this provider and time", archives: archives) }
            try session.execute(
                "CREATE TEMPORARY TABLE invoice_line (line bigint, reference text, amount bigint, currency text) ON COMMIT DROP"
            )
            try session.startCopy("COPY invoice_line FROM STDIN (FORMAT binary)")
            try session.putCopy(rows)
            try session.endCopy()
            try session.execute("ANALYZE invoice_line")
            try session.execute(Self.tables)
            try session.execute(Self.ours, [.int(provider), .time(from), .time(to)])
            try session.execute(Self.theirs)
            let agreed = """
                o.reference IS NOT NULL AND t.key IS NOT NULL AND abs(t.amount - o.cost) <= $1
                  AND (t.currency = '' OR o.currency = '' OR t.currency = o.currency)
                """
            let sums = try session.query(
                """
                SELECT o.currency, count(*) AS messages, sum(o.cost)::bigint AS cost
                  FROM invoice_sum t JOIN invoice_ours o ON o.reference = t.key WHERE \(agreed) GROUP BY 1
                """, [.int(tolerance)])
            var (matched, cost): (Int64, [String: Int64]) = (0, [:])
            for i in 0..<sums.count {
                let row = sums[i]
                matched += try row.int("messages")
                let amount = try row.int("cost")
                if amount != 0 { cost[try row.text("currency")] = amount }
            }
            let findings = try session.query(
                """
                SELECT t.key, t.line, t.amount, coalesce(t.currency, '') AS their_currency, o.reference, o.cost,
                       coalesce(o.currency, '') AS our_currency, o.message, o.sent
                  FROM invoice_sum t FULL JOIN invoice_ours o ON o.reference = t.key
                 WHERE (\(agreed)) IS NOT TRUE
                   AND (t.key IS NOT NULL OR o.sent >= $2 AND o.sent < $3 AND o.cost <> 0)
                 ORDER BY t.line NULLS LAST, o.message
                """, [.int(tolerance), .time(from), .time(to)]
            ).map { try Finding(row: $0) }
            return Outcome(matched: matched, matchedCost: cost, findings: findings)
        }
    }

    /// Prices are corrected for weeks after a message went out, so everything since is summed up. A message that went out
    /// in parts has several references, and a line for each.
    private static let ours = """
        INSERT INTO invoice_ours
        WITH booked AS (
            SELECT reference, currency, sum(cost)::bigint AS cost, min(at) AS sent, min(message) AS message FROM ledger
             WHERE provider = $1 AND reference <> '' AND at >= $2::timestamptz - interval '3 days'
             GROUP BY 1, 2
        ), ours AS (
            SELECT DISTINCT ON (reference) reference, currency, cost, message, min(sent) OVER (PARTITION BY reference) AS sent
              FROM booked ORDER BY reference, cost <> 0 DESC, currency
        )
        SELECT reference, currency, cost, message, sent FROM ours WHERE sent < $3::timestamptz + interval '3 days'
        """

    private static let tables = """
        CREATE TEMPORARY TABLE invoice_ours (reference text, currency text, cost bigint, message bigint, sent timestamptz) ON COMMIT DROP;
        CREATE TEMPORARY TABLE invoice_sum (key text, line bigint, amount bigint, currency text) ON COMMIT DROP
        """

    /// The invoice by message: lines about parts of one are one.
    private static let theirs = """
        WITH part AS (
            SELECT reference, unnest(string_to_array(reference, ',')) AS part FROM invoice_ours WHERE position(',' IN reference) > 0
        )
        INSERT INTO invoice_sum
        SELECT coalesce(p.reference, i.reference), min(i.line), sum(i.amount)::bigint, max(i.currency)
          FROM invoice_line i LEFT JOIN part p ON p.part = i.reference GROUP BY 1;
        ANALYZE invoice_sum; ANALYZE invoice_ours
        """
}

extension ReconciliationStore.Finding {
    fileprivate init(row: PostgresRow) throws(StorageError) {
        let key = try row.optionalText("key")
        let own = try row.optionalText("reference")
        kind = own == nil ? .onlyTheirs : key == nil ? .onlyOurs : .price
        reference = own ?? key ?? ""
        line = try row.optionalInt("line")
        theirs = try row.optionalInt("amount")
        theirCurrency = try row.text("their_currency")
        ours = try row.optionalInt("cost")
        ourCurrency = try row.text("our_currency")
        message = try row.optionalInt("message")
        sent = try row.optionalTime("sent")
    }
}
