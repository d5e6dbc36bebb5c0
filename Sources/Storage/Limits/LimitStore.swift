import Domain

/// Where the processes of an installation settle who may use how much of a provider's limits.
package struct LimitStore: Sendable {
    /// One limit, and what one process wants of it or gets. Rates are messages a second.
    package struct Share: Sendable, Hashable {
        package var provider: Int64
        /// Empty for the account as a whole.
        package var destination: String
        package var limit: Double
        package var wanted: Double

        package init(provider: Int64, destination: String, limit: Double, wanted: Double) {
            self.provider = provider
            self.destination = destination
            self.limit = limit
            self.wanted = wanted
        }
    }

    package struct Settled: Sendable, Hashable {
        package let provider: Int64
        package let destination: String
        package let perSecond: Double
        /// How many processes share the limit.
        package let processes: Int
    }

    let database: Database

    package init(database: Database) { self.database = database }

    /// Settles all limits of a process in one statement.
    package func settle(process: Int64, _ shares: [Share]) async throws -> [Settled] {
        guard !shares.isEmpty else { return [] }
        return try await database.run { session in
            try session.query(
                "SELECT * FROM settle_limits($1, $2, $3, $4, $5)",
                [
                    .int(process), .intArray(shares.map(\.provider)), .textArray(shares.map(\.destination)),
                    .intArray(shares.map { Self.millionths($0.limit) }),
                    .intArray(shares.map { Self.millionths($0.wanted) }),
                ]
            ).map { row in
                Settled(
                    provider: try row.int("provider"), destination: try row.text("destination"),
                    perSecond: Double(try row.int("rate")) / 1_000_000, processes: Int(try row.int("processes")))
            }
        }
    }

    /// A process that ends in order leaves its shares to the others at once.
    package func leave(process: Int64) async throws {
        try await database.run { session in
            try session.execute("DELETE FROM provider_limit_share WHERE process = $1", [.int(process)])
            try session.execute("DELETE FROM provider_health WHERE process = $1", [.int(process)])
        }
    }

    private static func millionths(_ rate: Double) -> Int64 {
        Int64((max(0, min(rate, 1e9)) * 1_000_000).rounded(.down))
    }
}
