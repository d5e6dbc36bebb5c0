import Domain

/// How far the ledger had come when a report was read: what earlier transactions wrote is in it.
package struct LedgerPosition: Sendable, Hashable {
    /// The slice that was being filled; 0 before the first.
    package let slice: Int64
    /// Everything before this transaction is in.
    package let transaction: String
}

/// One state of the database, of which the parts of a report are read.
package struct UsageReading {
    let session: PostgresSession

    package func usage(from: Timestamp, to: Timestamp, tenant: Int64?) throws -> [UsageRow] {
        try UsageStore.usage(from: from, to: to, tenant: tenant, on: session)
    }

    package func position() throws -> LedgerPosition {
        let row = try session.query(
            """
            SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS transaction,
                   coalesce((SELECT number FROM ledger_slice WHERE state = 'open'), 0) AS slice
            """)[0]
        return LedgerPosition(slice: try row.int("slice"), transaction: try row.text("transaction"))
    }

    /// The latest rates up to a day into one currency, by the currency they are from.
    package func rates(into currency: Currency, on day: CivilDate) throws -> [String: DatedRate] {
        let rows = try session.query(
            """
            SELECT DISTINCT ON (from_currency) \(DatedRate.columns) FROM exchange_rate
             WHERE to_currency = $1 AND day <= $2::text::date ORDER BY from_currency, day DESC
            """, [.text(currency.code), .text(day.description)]
        ).map { try DatedRate(row: $0) }
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.from, $0) })
    }

    // MARK: Deliveries

    /// What became of the messages that were sent in `[from, to)`, as far as it is known now.
    package func deliveries(from: Timestamp, to: Timestamp, tenant: Int64?) throws -> [DeliveryRow] {
        let names = """
            SELECT t.name AS tenant, coalesce(s.name, '') AS source, r.channel, c.category, coalesce(p.name, '') AS provider,
                   r.country
            """
        let joins = """
            JOIN campaign c ON c.id = r.campaign JOIN tenant t ON t.id = c.tenant
              LEFT JOIN source s ON s.id = c.source LEFT JOIN provider p ON p.id = r.provider
             WHERE $3::bigint IS NULL OR c.tenant = $3
            """
        // The rollups count a receipt when it came: it is taken out there and put in where its message was sent.
        let states = try session.query(
            """
            WITH r AS (
                SELECT campaign, channel, provider, country, state, sum(messages)::bigint AS messages FROM (
                    SELECT campaign, channel, provider, country, state, messages FROM rollup WHERE bucket >= $1 AND bucket < $2
                    UNION ALL
                    SELECT campaign, channel, provider, country, state, messages FROM rollup_delta WHERE bucket >= $1 AND bucket < $2
                    UNION ALL
                    SELECT campaign, channel, provider, country, state, -messages FROM receipt_rollup WHERE booked >= $1 AND booked < $2
                    UNION ALL
                    SELECT campaign, channel, provider, country, state, messages FROM receipt_rollup WHERE sent >= $1 AND sent < $2
                ) a GROUP BY 1, 2, 3, 4, 5
            )
            \(names), r.state, sum(r.messages)::bigint AS messages FROM r \(joins) GROUP BY 1, 2, 3, 4, 5, 6, 7
            """, [.time(from), .time(to), .optional(tenant)])
        var rows: [DeliveryRow.Key: DeliveryRow] = [:]
        for i in 0..<states.count {
            let row = states[i]
            let key = try DeliveryRow.Key(row: row)
            guard let state = MessageState(rawValue: Int16(try row.int("state"))) else {
                throw StorageError.malformed("rollup")
            }
            rows[key, default: DeliveryRow(key: key)].states[state, default: 0] += try row.int("messages")
        }
        let latencies = try session.query(
            """
            \(names), r.latency, sum(r.messages)::bigint AS messages
              FROM (SELECT * FROM receipt_rollup WHERE sent >= $1 AND sent < $2 AND state = 8 AND latency >= 0) r
              \(joins) GROUP BY 1, 2, 3, 4, 5, 6, 7
            """, [.time(from), .time(to), .optional(tenant)])
        for i in 0..<latencies.count {
            let row = latencies[i]
            let key = try DeliveryRow.Key(row: row)
            rows[key, default: DeliveryRow(key: key)].latencies[Int(try row.int("latency")), default: 0] +=
                try row.int("messages")
        }
        return Array(rows.values)
    }

    // MARK: What went wrong

    /// How often each reason was given in `[from, to)`.
    package func reasons(from: Timestamp, to: Timestamp, tenant: Int64?) throws -> [ReasonRow] {
        var rows = try session.query(
            """
            WITH r AS (
                SELECT campaign, channel, provider, state, reason, sum(messages)::bigint AS messages FROM (
                SELECT l.campaign, l.channel, l.provider, l.state, l.reason, count(*) AS messages FROM ledger l
                 WHERE l.reason <> '' AND l.at >= $1 AND l.at < $2 AND ($3::bigint IS NULL OR l.tenant = $3)
                   AND l.slice IN (SELECT number FROM ledger_slice WHERE state <> 'ahead'
                                      AND (closed_at IS NULL OR closed_at >= $1::timestamptz - interval '4 days')
                                      AND (opened_at IS NULL OR opened_at < $2::timestamptz + interval '4 days'))
                 GROUP BY 1, 2, 3, 4, 5
                UNION ALL
                SELECT campaign, channel, provider, state, reason, messages FROM ledger_archive_reason
                 WHERE bucket >= $1 AND bucket < $2 AND ($3::bigint IS NULL OR tenant_of = $3)) a
                 GROUP BY 1, 2, 3, 4, 5
            )
            SELECT t.name AS tenant, coalesce(s.name, '') AS source, c.id AS campaign, c.name AS campaign_name, r.channel,
                   coalesce(p.name, '') AS provider, r.state, r.reason, r.messages
              FROM r JOIN campaign c ON c.id = r.campaign JOIN tenant t ON t.id = c.tenant
              LEFT JOIN source s ON s.id = c.source LEFT JOIN provider p ON p.id = r.provider
            """, [.time(from), .time(to), .optional(tenant)]
        ).map { row in
            guard let state = MessageState(rawValue: Int16(try row.int("state"))) else {
                throw StorageError.malformed("ledger row")
            }
            return try ReasonRow(row: row, kind: state == .unknown ? "in_doubt" : state.word)
        }
        rows += try session.query(
            """
            SELECT t.name AS tenant, coalesce(s.name, '') AS source, c.id AS campaign, c.name AS campaign_name, c.channel,
                   coalesce(p.name, '') AS provider, d.reason, d.kind, count(*) AS messages
              FROM dead_letter d JOIN campaign c ON c.id = d.campaign JOIN tenant t ON t.id = c.tenant
              LEFT JOIN source s ON s.id = c.source LEFT JOIN provider p ON p.id = d.provider
             WHERE d.at >= $1 AND d.at < $2 AND ($3::bigint IS NULL OR d.tenant = $3)
             GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
            """, [.time(from), .time(to), .optional(tenant)]
        ).map { try ReasonRow(row: $0, kind: "dead_letter") }
        rows += try session.query(
            """
            SELECT t.name AS tenant, coalesce(s.name, '') AS source, c.id AS campaign, c.name AS campaign_name, c.channel,
                   '' AS provider, r.key AS reason, sum(r.value::bigint)::bigint AS messages
              FROM campaign c JOIN tenant t ON t.id = c.tenant LEFT JOIN source s ON s.id = c.source,
                   json_each_text(c.rejected_by::json) r
             WHERE c.created_at >= $1 AND c.created_at < $2 AND NOT c.stream AND ($3::bigint IS NULL OR c.tenant = $3)
             GROUP BY 1, 2, 3, 4, 5, 7
            """, [.time(from), .time(to), .optional(tenant)]
        ).map { try ReasonRow(row: $0, kind: "rejected_upload") }
        return rows
    }
}
