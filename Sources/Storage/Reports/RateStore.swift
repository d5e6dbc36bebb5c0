import Domain

/// A rate of exchange with the day from which it holds.
package struct DatedRate: Sendable, Hashable {
    package let id: Int64
    package let from: String
    package let to: String
    package let day: String
    package let rate: ExchangeRate

    static let columns = "id, from_currency, to_currency, day::text AS day, rate"

    init(row: PostgresRow) throws(StorageError) {
        id = try row.int("id")
        from = try row.text("from_currency")
        to = try row.text("to_currency")
        day = try row.text("day")
        guard let rate = ExchangeRate(units: try row.int("rate")) else { throw .malformed("rate of exchange") }
        self.rate = rate
    }
}

/// The table of rates that reports convert by.
package struct RateStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    package func rates() async throws -> [DatedRate] {
        try await database.run { session in
            try session.query("SELECT \(DatedRate.columns) FROM exchange_rate ORDER BY 2, 3, exchange_rate.day")
                .map { try DatedRate(row: $0) }
        }
    }

    package func add(from: Currency, to: Currency, day: CivilDate, rate: ExchangeRate) async throws {
        try await database.run { session in
            try session.execute(
                """
                INSERT INTO exchange_rate (from_currency, to_currency, day, rate) VALUES ($1, $2, $3::text::date, $4)
                """, [.text(from.code), .text(to.code), .text(day.description), .int(rate.units)])
        }
    }

    /// False where there is none.
    package func remove(_ id: Int64) async throws -> Bool {
        try await database.run { session in
            try session.query("DELETE FROM exchange_rate WHERE id = $1 RETURNING id", [.int(id)]).count == 1
        }
    }
}
