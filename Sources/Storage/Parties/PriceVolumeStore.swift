import Domain

/// What was booked by prices that have volume tiers, and its settlement.
package struct PriceVolumeStore: Sendable {
    /// What a volume is counted for.
    package struct Line: Sendable, Hashable {
        package let provider: Int64
        package let channel: Channel
        package let prefix: String

        package init(provider: Int64, channel: Channel, prefix: String) {
            self.provider = provider
            self.channel = channel
            self.prefix = prefix
        }
    }

    /// What one price of a month came to.
    package struct Settlement: Sendable, Hashable {
        /// The price that the first unit costs.
        package let price: Int64
        package let currency: String
        package let units: Int64
        /// By the tier that held as each window was sent.
        package let booked: Int64
        /// Unit by unit.
        package let due: Int64
        /// Booked now.
        package let correction: Int64
    }

    let database: Database

    package init(database: Database) { self.database = database }

    /// Units of the present calendar month, by UTC.
    package func volumes() async throws -> [Line: Int64] {
        try await database.run { session in
            var volumes: [Line: Int64] = [:]
            let rows = try session.query(
                "SELECT * FROM month_volumes(date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC')::date)")
            for row in rows.map({ $0 }) {
                guard let channel = Channel(code: try row.int("channel")) else { throw StorageError.malformed("price") }
                let line = Line(provider: try row.int("provider"), channel: channel, prefix: try row.text("prefix"))
                volumes[line] = try row.int("units")
            }
            return volumes
        }
    }

    /// In one transaction; `month` is its first day.
    package func settle(month: CivilDate) async throws -> [Settlement] {
        try await database.transaction { session in
            try session.query("SELECT * FROM settle_tiers($1::text::date)", [.text(month.description)]).map {
                Settlement(
                    price: try $0.int("line"), currency: try $0.text("currency"), units: try $0.int("units"),
                    booked: try $0.int("booked"), due: try $0.int("due"), correction: try $0.int("correction"))
            }
        }
    }

    /// Folds what windows wrote.
    package func fold() async throws {
        try await database.run { _ = try $0.query("SELECT fold_price_volumes()") }
    }
}

/// What a window adds to the volume of a price that has tiers.
package struct VolumeDelta: Sendable, Hashable {
    package let line: Int64
    package let campaign: Int64
    package let country: Region
    package let currency: String
    /// When the first of it was booked: it counts for that month.
    package let at: Timestamp
    package var units: Int64
    package var cost: Int64
    package var message: MessageID

    package init(line: Int64, row: LedgerRow) {
        self.line = line
        campaign = row.campaign
        country = row.country
        currency = row.currency
        at = row.at
        units = Int64(row.segments)
        cost = row.cost
        message = row.message
    }

    package mutating func add(_ row: LedgerRow) {
        units += Int64(row.segments)
        cost += row.cost
        message = row.message
    }

    var values: String {
        """
        (date_trunc('month', to_timestamp(\(at.micros / 1_000_000)) AT TIME ZONE 'UTC')::date, \(line), \(campaign), \
        '\(country.code)', '\(sqlSafe(currency))', \(units), \(cost), \(message.rawValue))
        """
    }
}
