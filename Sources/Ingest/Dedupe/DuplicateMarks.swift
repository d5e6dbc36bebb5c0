import Domain

/// Which recipients of which shards are duplicates of earlier rows.
package struct DuplicateMarks: Sendable, Equatable {
    /// Bit `index & 7` of byte `index >> 3` says that recipient `index` of the shard is skipped. Only shards
    /// that have duplicates are listed.
    package private(set) var bitmaps: [Int: [UInt8]] = [:]
    package private(set) var count = 0

    package init() {}

    /// `ordinal` is made by `ordinal(shard:index:)`.
    mutating func mark(_ ordinal: Int) {
        let index = ordinal & (MessageID.shardCapacity - 1)
        bitmaps[ordinal >> MessageID.indexBits, default: Self.clear].mark(index)
        count += 1
    }

    /// The place of a recipient in the file's order, in one number.
    static func ordinal(shard: Int, index: Int) -> Int { shard << Int(MessageID.indexBits) | index }

    package func count(in shard: Int) -> Int { bitmaps[shard]?.markCount ?? 0 }

    private static let clear = [UInt8](repeating: 0, count: MessageID.shardCapacity / 8)
}
