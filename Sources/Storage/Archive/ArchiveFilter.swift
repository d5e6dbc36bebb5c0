import Crypto

/// Which blocks of an archive may have a key: a Bloom filter for each block, laid out so that one read answers for all of
/// them. All filters have the same number of buckets of 32 bytes; the file holds the first bucket of every block, then the
/// second one of every block, and so on, each such line with a checksum. A key belongs to one bucket.
struct ArchiveFilter {
    static let bucketSize = 32
    static let checkSize = 8
    private static let bitsForKey = 12
    /// Odd numbers that spread a key over a bucket's eight words, one bit in each.
    private static let salts: [UInt32] = [
        0x47B6_137B, 0x4497_4D91, 0x8824_AD5B, 0xA2B7_289D, 0x7054_95C7, 0x2DF1_424B, 0x9EFC_4947, 0x5C6B_FB31,
    ]

    private(set) var buckets = 0
    private var blocks: [[UInt32]] = []

    /// A block's keys. The first block is the fullest.
    mutating func add(_ keys: [Int64]) {
        if blocks.isEmpty { buckets = max(1, (keys.count * Self.bitsForKey + 255) / 256) }
        var words = [UInt32](repeating: 0, count: buckets * 8)
        for key in keys where key != 0 {
            let start = Self.bucket(of: key, among: buckets) * 8
            for word in 0..<8 { words[start + word] |= Self.bit(of: key, word) }
        }
        blocks.append(words)
    }

    static func bucket(of key: Int64, among buckets: Int) -> Int {
        Int(((UInt64(bitPattern: key) >> 32) * UInt64(buckets)) >> 32)
    }

    private static func bit(of key: Int64, _ word: Int) -> UInt32 {
        1 << ((UInt32(truncatingIfNeeded: key) &* salts[word]) >> 27)
    }

    /// As it lies in the file.
    var bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(buckets * Self.lineSize(blocks: blocks.count))
        for bucket in 0..<buckets {
            var line = ArchiveSink()
            for block in blocks { for word in block[bucket * 8..<bucket * 8 + 8] { line.put(word) } }
            out += line.bytes + Self.check(line.bytes)
        }
        return out
    }

    static func lineSize(blocks: Int) -> Int { blocks * bucketSize + checkSize }

    static func check(_ line: [UInt8]) -> [UInt8] { Array(Digest.sha256(line).prefix(checkSize)) }

    /// The blocks that may have the key, by the line that it belongs to; nil where the line was altered.
    static func blocks(in line: [UInt8], of key: Int64) -> [Int]? {
        let words = Array(line.dropLast(checkSize))
        guard line.count >= checkSize, check(words) == Array(line.suffix(checkSize)) else { return nil }
        return words.withUnsafeBytes { words in
            (0..<words.count / bucketSize).filter { block in
                (0..<8).allSatisfy { word in
                    let value = UInt32(
                        littleEndian: words.loadUnaligned(
                            fromByteOffset: block * bucketSize + word * 4, as: UInt32.self))
                    return value & bit(of: key, word) != 0
                }
            }
        }
    }
}
