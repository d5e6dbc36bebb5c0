import Domain

/// What the watch reads: the rollups of some quarters of an hour, summed up, and what stands beside them. All within the
/// transaction of one look.
package struct WatchStore {
    let session: PostgresSession

    package init(on session: PostgresSession) { self.session = session }

    /// One quarter of an hour of one combination.
    package struct Usage: Sendable {
        package let bucket: Timestamp
        package let tenant: Int64
        package let source: Int64?
        package let provider: Int64?
        package let country: String
        package let currency: String
        package var prefix = ""
        package let cell: RateCell
    }

    /// Takes the turn where nobody has it and the last look is old enough.
    package func begin(now: Timestamp, period: Duration) throws -> Bool {
        guard
            try session.query("SELECT pg_try_advisory_xact_lock(hashtext('herald watch')) AS mine")[0].bool("mine")
        else { return false }
        return try session.query(
            """
            UPDATE watch_state SET looked_at = $1
             WHERE looked_at <= $1::timestamptz - interval '1 microsecond' * $2
                -- The clock was set back.
                OR looked_at > $1::timestamptz + interval '5 minutes' RETURNING 1 AS n
            """, [.time(now), .int(period.wholeMicroseconds)]
        ).count > 0
    }

    package func end(took: Duration, judged: Int, silent: Int, note: String = "") throws {
        try session.execute(
            "UPDATE watch_state SET took_us = $1, judged = $2, silent = $3, note = $4",
            [.int(took.wholeMicroseconds), .number(judged), .number(silent), .text(note)])
    }

    /// The hours to look at, by time zone: UTC, and that of each tenant.
    package func hours(now: Timestamp) throws -> [String: RateHours] {
        let rows = try session.query(
            """
            SELECT z.zone, w.week,
                   CASE w.week WHEN 0 THEN $1::timestamptz - (l.at - date_trunc('hour', l.at))
                   ELSE (date_trunc('hour', l.at) - make_interval(days => 7 * w.week)) AT TIME ZONE z.zone END AS start
              FROM (SELECT 'UTC' AS zone UNION SELECT time_zone FROM tenant WHERE removed_at IS NULL) z
              CROSS JOIN LATERAL (SELECT $1::timestamptz AT TIME ZONE z.zone AS at) l
              CROSS JOIN generate_series(0, $2::int) w(week) ORDER BY 1, 2
            """, [.time(now), .number(RateHours.weeks)])
        var starts: [String: [Timestamp]] = [:]
        for place in 0..<rows.count {
            starts[try rows[place].text("zone"), default: []].append(try rows[place].time("start"))
        }
        return starts.mapValues { RateHours(starts: $0, now: now) }
    }

    /// What was sent in these quarters. The rollups count a receipt when it came: that part is taken out, and what arrived
    /// within an hour is counted where it was sent.
    package func usage(_ buckets: [Timestamp]) throws -> [Usage] {
        try session.query(
            """
            WITH b AS MATERIALIZED (
                SELECT 'epoch'::timestamptz + u * interval '1 microsecond' AS at FROM unnest($1::bigint[]) u
            ), u AS (
                SELECT r.bucket, r.campaign, r.provider, r.country, r.currency, r.state, r.messages, r.cost, 0::bigint AS delivered
                  FROM b JOIN rollup r ON r.bucket = b.at
                UNION ALL
                SELECT r.bucket, r.campaign, r.provider, r.country, r.currency, r.state, r.messages, r.cost, 0
                  FROM rollup_delta r WHERE r.bucket IN (SELECT at FROM b)
                UNION ALL
                SELECT r.booked, r.campaign, r.provider, r.country, '', r.state, -r.messages, 0, 0
                  FROM b JOIN receipt_rollup r ON r.booked = b.at
                UNION ALL
                SELECT r.sent, r.campaign, r.provider, r.country, '', 0, 0, 0, r.messages
                  FROM b JOIN receipt_rollup r ON r.sent = b.at
                 WHERE r.state = 8 AND r.booked < r.sent + interval '1 hour'
            ), r AS (
                SELECT bucket, campaign, provider, country, currency, sum(cost) AS cost, sum(delivered) AS delivered,
                       coalesce(sum(messages) FILTER (WHERE state = 6), 0) AS sent,
                       coalesce(sum(messages) FILTER (WHERE state IN (4, 5)), 0) AS failed
                  FROM u GROUP BY 1, 2, 3, 4, 5
            )
            SELECT r.bucket, c.tenant, c.source, nullif(r.provider, 0) AS provider, r.country, r.currency,
                   coalesce(sum(r.sent + r.failed) FILTER (WHERE c.stream), 0)::bigint AS volume,
                   coalesce(sum(r.cost) FILTER (WHERE c.stream), 0)::bigint AS cost,
                   sum(r.sent)::bigint AS sent, sum(r.failed)::bigint AS failed, sum(r.delivered)::bigint AS delivered
              FROM r JOIN campaign c ON c.id = r.campaign GROUP BY 1, 2, 3, 4, 5, 6
            """, [.intArray(buckets.map(\.micros))]
        ).map { row in
            var cell = RateCell()
            cell.volume = try row.int("volume")
            cell.cost = try row.int("cost")
            cell.sent = try row.int("sent")
            cell.failed = try row.int("failed")
            cell.delivered = try row.int("delivered")
            return Usage(
                bucket: try row.time("bucket"), tenant: try row.int("tenant"), source: try row.optionalInt("source"),
                provider: try row.optionalInt("provider"), country: try row.text("country"),
                currency: try row.text("currency"), cell: cell)
        }
    }

    /// To which ranges of numbers.
    package func prefixes(_ buckets: [Timestamp]) throws -> [Usage] {
        try session.query(
            """
            SELECT p.quarter, p.tenant, p.source, p.country, p.prefix, p.messages FROM prefix_count p
             WHERE p.quarter IN (SELECT 'epoch'::timestamptz + u * interval '1 microsecond' FROM unnest($1::bigint[]) u)
            """, [.intArray(buckets.map(\.micros))]
        ).map { row in
            var cell = RateCell()
            cell.volume = try row.int("messages")
            return Usage(
                bucket: try row.time("quarter"), tenant: try row.int("tenant"), source: try row.int("source"),
                provider: nil, country: try row.text("country"), currency: "", prefix: try row.text("prefix"),
                cell: cell)
        }
    }

    /// Adds what the processes see of their providers just now, and reads the hours that are asked for.
    package func noteLatencies(now: Timestamp) throws {
        try session.execute(
            """
            INSERT INTO provider_hour AS h (hour, provider, looks, p50_us)
            SELECT date_trunc('hour', $1::timestamptz, 'UTC'), provider, 1,
                   (sum(latency_p50_us * greatest(rate, 1)) / sum(greatest(rate, 1)))::bigint
              FROM provider_health
             WHERE at > clock_timestamp() - interval '15 seconds' AND latency_p50_us IS NOT NULL GROUP BY provider
            ON CONFLICT (hour, provider) DO UPDATE SET looks = h.looks + 1, p50_us = h.p50_us + excluded.p50_us
            """, [.time(now)])
    }

    package func latencies(_ buckets: [Timestamp]) throws -> [(hour: Timestamp, provider: Int64, cell: RateCell)] {
        try session.query(
            """
            SELECT hour, provider, looks, p50_us FROM provider_hour
             WHERE hour IN (SELECT 'epoch'::timestamptz + u * interval '1 microsecond' FROM unnest($1::bigint[]) u)
            """, [.intArray(buckets.map(\.micros))]
        ).map { row in
            var cell = RateCell()
            cell.latency = try row.int("p50_us")
            cell.looks = try row.int("looks")
            return (try row.time("hour"), try row.int("provider"), cell)
        }
    }

    /// Since when there are whom the series are about, and the zones of the tenants.
    package func parties() throws -> WatchParties {
        var parties = WatchParties()
        for row in try rows("SELECT id, created_at, time_zone FROM tenant WHERE removed_at IS NULL") {
            parties.tenants[try row.int("id")] = (try row.time("created_at"), try row.text("time_zone"))
        }
        for row in try rows("SELECT id, created_at FROM source WHERE removed_at IS NULL") {
            parties.sources[try row.int("id")] = try row.time("created_at")
        }
        for row in try rows("SELECT id, created_at FROM provider WHERE removed_at IS NULL") {
            parties.providers[try row.int("id")] = try row.time("created_at")
        }
        parties.prefixesSince = try session.query("SELECT min(quarter) AS at FROM prefix_count")[0].optionalTime("at")
        return parties
    }

    private func rows(_ statement: String) throws -> [PostgresRow] { try session.query(statement).map { $0 } }
}

/// Whom the series are about.
package struct WatchParties: Sendable {
    package var tenants: [Int64: (since: Timestamp, zone: String)] = [:]
    package var sources: [Int64: Timestamp] = [:]
    package var providers: [Int64: Timestamp] = [:]
    /// Since when ranges of numbers are counted at all.
    package var prefixesSince: Timestamp?

    /// Nil for who is not known, or no longer.
    package func birth(of subject: RateSubject) -> Timestamp? {
        switch subject.dimension {
        case .tenant: subject.tenant.flatMap { tenants[$0]?.since }
        case .source, .country: subject.source.flatMap { sources[$0] }
        case .prefix:
            if let source = subject.source.flatMap({ sources[$0] }), let prefixesSince {
                max(source, prefixesSince)
            } else {
                nil
            }
        case .provider: subject.provider.flatMap { providers[$0] }
        }
    }
}
