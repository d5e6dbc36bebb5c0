import Domain

/// A blocked Bloom filter over a tenant's suppressed recipients: says "certainly not" or "perhaps", from
/// one cache line. What it calls perhaps is asked in SQL.
///
/// 16 bits a key with 7 bits set in a block of 512: about 0.2% of strangers are asked about, so one in a
/// window of 500. Ten million keys take 20 MB, where a probe in SQL for each recipient takes 6 µs.
package struct SuppressionFilter: Sendable {
    private var words: [UInt64]
    package private(set) var keys: Int

    package init(capacity: Int) {
        let blocks = max(16, (capacity * 16 + 511) / 512)
        words = [UInt64](repeating: 0, count: blocks * 8)
        keys = 0
    }

    /// More keys than this and it answers "perhaps" too often.
    package var isFull: Bool { keys > words.count * 64 / 10 }

    package mutating func insert(_ hash: RecipientHash) {
        guard !mayContain(hash) else { return }
        let block = blockStart(hash)
        var bits = hash.low
        for _ in 0..<7 {
            words[block + Int(bits & 7)] |= 1 << (bits >> 3 & 63)
            bits >>= 9
        }
        keys += 1
    }

    package func mayContain(_ hash: RecipientHash) -> Bool {
        let block = blockStart(hash)
        var bits = hash.low
        for _ in 0..<7 {
            guard words[block + Int(bits & 7)] & 1 << (bits >> 3 & 63) != 0 else { return false }
            bits >>= 9
        }
        return true
    }

    private func blockStart(_ hash: RecipientHash) -> Int {
        // The high half of a product spreads a 64-bit hash over any number of blocks without a division.
        Int(hash.high.multipliedFullWidth(by: UInt64(words.count / 8)).high) * 8
    }

    // MARK: Stored form

    package var bytes: [UInt8] { words.withUnsafeBytes { Array($0) } }

    /// Nil where the bytes can't be a filter.
    package init?(bytes: [UInt8], keys: Int) {
        guard !bytes.isEmpty, bytes.count % 64 == 0 else { return nil }
        words = [UInt64](unsafeUninitializedCapacity: bytes.count / 8) { target, count in
            bytes.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
            }
            count = bytes.count / 8
        }
        self.keys = keys
    }
}
