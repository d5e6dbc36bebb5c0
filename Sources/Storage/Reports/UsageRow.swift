import Domain

/// Volume and cost of one combination over a span of time, as reports need it.
package struct UsageRow: Sendable, Hashable {
    package let tenant: String
    package let source: String
    package let costCentre: String
    package let campaign: Int64
    package let campaignName: String
    package let channel: Channel
    package let category: Category
    package let provider: String
    package let country: String
    package let currency: String
    package var states: [MessageState: Int64]
    package var messages: Int64
    package var attempts: Int64
    package var segments: Int64
    package var cost: Int64
    /// Attempts that a provider took and no price was known for.
    package var unpriced: Int64
}

extension UsageRow {
    init(row: PostgresRow) throws(StorageError) {
        tenant = try row.text("tenant")
        source = try row.text("source")
        costCentre = try row.text("cost_centre")
        campaign = try row.int("campaign")
        campaignName = try row.text("campaign_name")
        provider = try row.text("provider_name")
        country = try row.text("country")
        currency = try row.text("currency")
        attempts = try row.int("attempts")
        segments = try row.int("segments")
        cost = try row.int("cost")
        unpriced = try row.int("unpriced")
        guard let channel = Channel(code: try row.int("channel")),
            let category = Category(code: try row.int("category"))
        else { throw .malformed("rollup") }
        self.channel = channel
        self.category = category
        states = [:]
        messages = 0
        for state in MessageState.allCases {
            guard let count = try row.optionalInt(state.word) else { continue }
            states[state] = count
            messages += count
        }
    }

    /// What tells rows apart in a report. Two accounts that had the same name, one after the other, are one there.
    package struct Key: Hashable, Sendable {
        let campaign: Int64
        let channel: Channel
        let provider: String
        let country: String
        let currency: String
    }

    package var key: Key {
        Key(campaign: campaign, channel: channel, provider: provider, country: country, currency: currency)
    }

    mutating func add(_ other: UsageRow) {
        states.merge(other.states, uniquingKeysWith: +)
        messages += other.messages
        attempts += other.attempts
        segments += other.segments
        cost += other.cost
        unpriced += other.unpriced
    }
}
