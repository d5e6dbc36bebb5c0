/// A message's number: its shard and its place in the shard. Made before anything is sent, so that a
/// receipt which arrives before our own commit still finds its message.
package struct MessageID: Sendable, Hashable, Comparable {
    /// A shard never holds more recipients than fit in the low bits.
    package static let indexBits: Int64 = 11
    package static let shardCapacity = 1 << Int(indexBits)

    /// A campaign's shards are numbered from its own number on.
    package static func shard(campaign: Int64, number: Int) -> Int64 { campaign << 24 | Int64(number) }

    package let rawValue: Int64

    package init(rawValue: Int64) { self.rawValue = rawValue }

    package init(shard: Int64, index: Int) {
        precondition(index >= 0 && index < Self.shardCapacity)
        rawValue = shard << Self.indexBits | Int64(index)
    }

    package var shard: Int64 { rawValue >> Self.indexBits }
    package var index: Int { Int(rawValue & Int64(Self.shardCapacity - 1)) }

    package static func < (a: MessageID, b: MessageID) -> Bool { a.rawValue < b.rawValue }
}
