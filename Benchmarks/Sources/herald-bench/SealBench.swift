import Storage

/// What an upload can't do without: the file's bytes, compressed and sealed shard by shard on one core. No
/// scanning, no checks, no hashes, no database.
enum SealBench {
    private static let shardRows = 2_000

    static func run(path: String) throws -> String {
        let lines = try Lines(path: path)
        let pieces = stride(from: 0, to: lines.ranges.count, by: shardRows).map { first in
            let last = min(first + shardRows, lines.ranges.count) - 1
            return Array(lines.bytes[lines.ranges[first].lowerBound..<lines.ranges[last].upperBound])
        }
        let codec = ShardCodec(key: TenantKey(secret: randomBytes(32)), campaign: 0)
        var sealed = 0
        let rate = Rate.median(of: lines.ranges.count) {
            sealed = 0
            for (shard, piece) in pieces.enumerated() {
                sealed += codec.seal(piece, shard: Int64(shard), kind: .recipients).count
            }
        }
        return "{\"rows\":\(lines.ranges.count),\"rows_per_second\":\(Int(rate)),\"sealed_bytes\":\(sealed)}"
    }
}
