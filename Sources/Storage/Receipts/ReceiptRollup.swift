import Domain

/// What a batch of receipts changed, by the time of the messages' attempts, for reports of deliveries.
struct ReceiptRollup {
    private struct Key: Hashable {
        let sent: Timestamp
        let booked: Timestamp
        let campaign: Int64
        let channel: Channel
        let provider: Int64
        let state: MessageState
        let latency: Int16
        let country: String
    }

    private var messages: [Key: Int64] = [:]

    mutating func add(_ correction: LedgerCorrection) {
        if correction.final {
            count(correction, correction.state, ReceiptLatency.of(correction.at - correction.sentAt), 1)
        }
        if let was = MessageState(rawValue: correction.was) { count(correction, was, -1, -1) }
    }

    private mutating func count(
        _ correction: LedgerCorrection, _ state: MessageState, _ latency: Int16, _ change: Int64
    ) {
        let row = correction.row
        let key = Key(
            sent: RollupDelta.bucket(of: correction.sentAt), booked: RollupDelta.bucket(of: correction.at),
            campaign: row.campaign, channel: row.channel, provider: row.provider, state: state, latency: latency,
            country: row.country)
        messages[key, default: 0] += change
    }

    /// One process at a time applies receipts: nobody else waits for these rows.
    func store(on session: PostgresSession) throws {
        let values = messages.filter { $0.value != 0 }.map { key, count in
            """
            (to_timestamp(\(key.sent.micros / 1_000_000)), to_timestamp(\(key.booked.micros / 1_000_000)), \(key.campaign), \
            \(key.channel.code), \(key.provider), \(key.state.rawValue), \(key.latency), '\((Region(key.country) ?? .none).code)', \(count))
            """
        }
        guard !values.isEmpty else { return }
        try session.execute(
            """
            INSERT INTO receipt_rollup AS r (sent, booked, campaign, channel, provider, state, latency, country, messages)
            VALUES \(values.joined(separator: ", "))
            ON CONFLICT (sent, booked, campaign, channel, provider, state, latency, country)
            DO UPDATE SET messages = r.messages + excluded.messages
            """)
    }
}
