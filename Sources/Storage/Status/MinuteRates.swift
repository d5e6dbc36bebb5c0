import Domain

/// What all processes together took in and sent, by the minute.
package struct MinuteRateStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    package struct Rates: Sendable, Hashable {
        package var accepted: Int64
        package var sent: Int64
        package var ended: Int64

        package static let zero = Rates(accepted: 0, sent: 0, ended: 0)

        package init(accepted: Int64, sent: Int64, ended: Int64) {
            self.accepted = accepted
            self.sent = sent
            self.ended = ended
        }
    }

    package func add(_ rates: Rates, at now: Timestamp) async throws {
        guard rates != .zero else { return }
        try await database.run { session in
            try session.execute(
                """
                INSERT INTO minute_rate AS r (minute, accepted, sent, ended) VALUES (date_trunc('minute', $1::timestamptz), $2, $3, $4)
                ON CONFLICT (minute) DO UPDATE SET accepted = r.accepted + excluded.accepted, sent = r.sent + excluded.sent,
                       ended = r.ended + excluded.ended
                """, [.time(now), .int(rates.accepted), .int(rates.sent), .int(rates.ended)])
        }
    }

    package struct Recent: Sendable, Hashable {
        /// The minute that runs.
        package let running: Rates
        package let minute: Rates
        package let hour: Rates
    }

    /// In the minute that runs, in the last whole one, and in the sixty before now.
    package func recent(now: Timestamp) async throws -> Recent {
        try await database.run { session in
            func rates(since: String, until: String) throws -> Rates {
                let row = try session.query(
                    """
                    SELECT coalesce(sum(accepted), 0)::bigint AS accepted, coalesce(sum(sent), 0)::bigint AS sent,
                           coalesce(sum(ended), 0)::bigint AS ended
                      FROM minute_rate
                     WHERE minute >= date_trunc('minute', $1::timestamptz) - interval '\(since)'
                       AND minute < date_trunc('minute', $1::timestamptz) + interval '\(until)'
                    """, [.time(now)])[0]
                return Rates(
                    accepted: try row.int("accepted"), sent: try row.int("sent"), ended: try row.int("ended"))
            }
            return Recent(
                running: try rates(since: "0 minutes", until: "1 minute"),
                minute: try rates(since: "1 minute", until: "0 minutes"),
                hour: try rates(since: "60 minutes", until: "0 minutes"))
        }
    }
}
