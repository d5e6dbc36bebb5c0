/// What a shard holds a slot for, learnt from those before, in seconds: provider and database together.
struct ShardCost: Sendable {
    private(set) var perShard: Double?
    private(set) var perRecipient: Double?

    /// Until anything is known all recipients cost the same.
    static let firstRecipient = 0.000_1
    static let firstShard = 0.1
    /// How much the newest one says.
    private static let share = 0.2

    mutating func learn(_ seconds: Double, recipients: Int) {
        perShard = Self.mix(perShard, seconds)
        // One that did nothing says nothing about a recipient.
        if recipients > 0 { perRecipient = Self.mix(perRecipient, seconds / Double(recipients)) }
    }

    private static func mix(_ old: Double?, _ new: Double) -> Double {
        old.map { $0 + share * (new - $0) } ?? new
    }
}
