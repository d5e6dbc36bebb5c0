import Domain

/// Where processes take parts of sources' quotas, and bring back what they did not need. What is given out never
/// exceeds a quota; who dies with some in hand leaves it used.
package struct QuotaStore: Sendable {
    package struct Ask: Sendable, Hashable {
        package var source: Int64
        package var period: SourceLimits.Period
        package var limit: Int64
        /// So many or none.
        package var least: Int64
        /// As many more as there are, up to this.
        package var ahead: Int64
        /// Not needed any more, of what was taken in the period that began at `since`.
        package var back: Int64
        package var since: Int64

        package init(
            source: Int64, period: SourceLimits.Period, limit: Int64, least: Int64 = 0, ahead: Int64 = 0,
            back: Int64 = 0, since: Int64 = 0
        ) {
            self.source = source
            self.period = period
            self.limit = limit
            self.least = least
            self.ahead = ahead
            self.back = back
            self.since = since
        }
    }

    package struct Answer: Sendable, Hashable {
        package let source: Int64
        package let period: SourceLimits.Period
        /// When the period began, in seconds since 1970, and in how many it ends.
        package let started: Int64
        package let endsIn: Int64
        /// Given out to all processes, this one's included.
        package let used: Int64
        package let granted: Int64

        package init(
            source: Int64, period: SourceLimits.Period, started: Int64, endsIn: Int64, used: Int64, granted: Int64
        ) {
            self.source = source
            self.period = period
            self.started = started
            self.endsIn = endsIn
            self.used = used
            self.granted = granted
        }
    }

    let database: Database

    package init(database: Database) { self.database = database }

    /// Settles any number of quotas in one statement.
    package func take(_ asks: [Ask]) async throws -> [Answer] {
        guard !asks.isEmpty else { return [] }
        return try await database.run { session in
            try session.query(
                "SELECT * FROM take_quota($1, $2, $3, $4, $5, $6, $7)",
                [
                    .intArray(asks.map(\.source)), .textArray(asks.map(\.period.rawValue)),
                    .intArray(asks.map(\.limit)), .intArray(asks.map(\.least)), .intArray(asks.map(\.ahead)),
                    .intArray(asks.map(\.back)), .intArray(asks.map(\.since)),
                ]
            ).map { row in
                guard let period = SourceLimits.Period(rawValue: try row.text("period")) else {
                    throw StorageError.malformed("period of a quota")
                }
                return Answer(
                    source: try row.int("source"), period: period, started: try row.int("started"),
                    endsIn: try row.int("ends_in"), used: try row.int("used"), granted: try row.int("granted"))
            }
        }
    }
}
