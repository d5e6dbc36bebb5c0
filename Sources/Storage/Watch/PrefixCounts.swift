import Domain

/// What processes counted of the ranges of numbers that messages went to.
package struct PrefixCountStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    package struct Count: Sendable, Hashable {
        package let quarter: Timestamp
        package let tenant: Int64
        package let source: Int64
        package let prefix: String
        package let country: Region
        package let messages: Int64

        package init(
            quarter: Timestamp, tenant: Int64, source: Int64, prefix: String, country: Region, messages: Int64
        ) {
            self.quarter = quarter
            self.tenant = tenant
            self.source = source
            self.prefix = prefix
            self.country = country
            self.messages = messages
        }
    }

    /// In order, so that two processes never wait for each other in a circle.
    package func add(_ counts: [Count]) async throws {
        guard !counts.isEmpty else { return }
        try await database.run { session in
            try session.execute(
                """
                INSERT INTO prefix_count AS p (quarter, tenant, source, prefix, country, messages)
                SELECT 'epoch'::timestamptz + interval '1 microsecond' * c.quarter, c.tenant, c.source, c.prefix, c.country, c.messages
                  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[])
                       AS c(quarter, tenant, source, prefix, country, messages) ORDER BY 1, 3, 4
                ON CONFLICT (quarter, source, prefix) DO UPDATE SET messages = p.messages + excluded.messages
                """,
                [
                    .intArray(counts.map(\.quarter.micros)), .intArray(counts.map(\.tenant)),
                    .intArray(counts.map(\.source)), .textArray(counts.map(\.prefix)),
                    .textArray(counts.map(\.country.code)), .intArray(counts.map(\.messages)),
                ])
        }
    }

    /// What no look asks for any more.
    package func prune() async throws {
        try await database.run { session in
            try session.execute("DELETE FROM prefix_count WHERE quarter < now() - interval '58 days'")
            try session.execute("DELETE FROM minute_rate WHERE minute < now() - interval '2 days'")
            try session.execute("DELETE FROM provider_hour WHERE hour < now() - interval '58 days'")
            try session.execute("DELETE FROM alert WHERE closed_at < now() - interval '400 days'")
        }
    }
}
