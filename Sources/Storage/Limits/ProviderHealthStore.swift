import Domain

/// What the processes publish of their providers, each once a second while there is traffic.
package struct ProviderHealthStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    /// One statement for all providers of a process. What nobody has renewed for an hour goes.
    package func publish(_ health: [ProviderHealth]) async throws {
        guard !health.isEmpty else { return }
        try await database.run { session in
            try session.execute(
                """
                WITH gone AS (DELETE FROM provider_health WHERE at < clock_timestamp() - interval '1 hour')
                INSERT INTO provider_health
                SELECT provider, process, clock_timestamp(), state, lasting, score, share, rate, error_share, timeout_share,
                       nullif(p50, -1), nullif(p99, -1), in_flight, allowed, nullif(learnt, -1)
                  FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                              $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
                              $14::bigint[])
                    AS h(provider, process, state, lasting, score, share, rate, error_share, timeout_share, p50, p99,
                         in_flight, allowed, learnt)
                ON CONFLICT (provider, process) DO UPDATE
                SET at = excluded.at, state = excluded.state, lasting = excluded.lasting, score = excluded.score,
                    share = excluded.share, rate = excluded.rate, error_share = excluded.error_share,
                    timeout_share = excluded.timeout_share, latency_p50_us = excluded.latency_p50_us,
                    latency_p99_us = excluded.latency_p99_us, in_flight = excluded.in_flight,
                    allowed = excluded.allowed, learnt_limit = excluded.learnt_limit
                """,
                [
                    .intArray(health.map(\.provider)), .intArray(health.map(\.process)),
                    .textArray(health.map(\.state)), .intArray(health.map(\.lasting.wholeMicroseconds)),
                    .intArray(health.map { Int64($0.score) }), .intArray(health.map { Int64($0.share) }),
                    .intArray(health.map { Int64($0.rate * 1000) }),
                    .intArray(health.map { Int64($0.errorShare * 1_000_000) }),
                    .intArray(health.map { Int64($0.timeOutShare * 1_000_000) }),
                    .intArray(health.map { $0.p50?.wholeMicroseconds ?? -1 }),
                    .intArray(health.map { $0.p99?.wholeMicroseconds ?? -1 }),
                    .intArray(health.map { Int64($0.inFlight) }), .intArray(health.map { Int64($0.allowed) }),
                    .intArray(health.map { Int64($0.learntLimit ?? -1) }),
                ])
        }
    }

    /// What was said in the last seconds, by the database's clock.
    package func recent(within time: Duration = .seconds(15)) async throws -> [ProviderHealth] {
        try await database.run { session in
            try session.query(
                """
                SELECT * FROM provider_health
                 WHERE at > clock_timestamp() - make_interval(secs => $1::bigint / 1e6) ORDER BY provider, process
                """, [.int(time.wholeMicroseconds)]
            ).map { try ProviderHealth(row: $0) }
        }
    }

    /// Messages sent and their cost since an instant, by provider and currency.
    package func costs(since: Timestamp) async throws -> [ProviderCost] {
        try await database.run { session in
            try session.query(
                """
                SELECT provider, currency, coalesce(sum(messages) FILTER (WHERE state >= $2), 0)::bigint AS messages,
                       sum(cost)::bigint AS cost
                  FROM (SELECT * FROM rollup WHERE bucket >= $1 UNION ALL SELECT * FROM rollup_delta WHERE bucket >= $1) r
                 WHERE provider <> 0 GROUP BY 1, 2 ORDER BY 1, 2
                """, [.time(since), .number(MessageState.sent.rawValue)]
            ).map {
                ProviderCost(
                    provider: try $0.int("provider"), currency: try $0.text("currency"),
                    messages: try $0.int("messages"), micros: try $0.int("cost"))
            }
        }
    }
}

/// What was sent through a provider, in one currency; none where no price is known.
package struct ProviderCost: Sendable, Hashable {
    package let provider: Int64
    package let currency: String
    package let messages: Int64
    package let micros: Int64
}
