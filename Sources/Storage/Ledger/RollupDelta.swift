import Domain

/// What a window adds to the reports: one for each combination that occurred in it.
package struct RollupDelta: Sendable, Hashable {
    package struct Key: Sendable, Hashable {
        package var bucket: Timestamp
        package var campaign: Int64
        package var channel: Channel
        package var provider: Int64
        package var state: MessageState
        package var country: Region
        package var currency: String

        package init(
            bucket: Timestamp, campaign: Int64, channel: Channel, provider: Int64, state: MessageState, country: Region,
            currency: String
        ) {
            self.bucket = bucket
            self.campaign = campaign
            self.channel = channel
            self.provider = provider
            self.state = state
            self.country = country
            self.currency = currency
        }
    }

    package var key: Key
    package var messages: Int64 = 0
    package var attempts: Int64 = 0
    package var segments: Int64 = 0
    package var cost: Int64 = 0

    package init(key: Key) { self.key = key }

    /// The quarter of an hour that an instant falls into.
    package static func bucket(of instant: Timestamp) -> Timestamp {
        let quarter: Int64 = 900_000_000
        return Timestamp(micros: instant.micros / quarter * quarter)
    }
}
