import Domain

/// Compresses and seals shards' bodies under a key of the tenant's and the campaign's, and reads them back. Not Sendable: one for
/// each thread, its contexts are set up once.
package final class ShardCodec {
    private let cipher: Cipher
    private let zstandard = Zstandard()

    package init(key: TenantKey, campaign: Int64) { cipher = key.shardCipher(campaign: campaign) }

    /// The campaign whose key a stored body is sealed with.
    package static func campaign(of shard: Int64) -> Int64 { shard >> 24 }

    package func seal(_ plain: [UInt8], shard: Int64, kind: ShardBodyKind) -> [UInt8] {
        let packed = zstandard.compress(plain)
        return Box.seal(packed.span, with: cipher, context: Self.context(shard, kind))
    }

    package func open(_ sealed: [UInt8], shard: Int64, kind: ShardBodyKind) throws(StorageError) -> [UInt8] {
        try zstandard.decompress(Box.open(sealed, with: cipher, context: Self.context(shard, kind)))
    }

    private static func context(_ shard: Int64, _ kind: ShardBodyKind) -> String { "shard \(shard) \(kind.rawValue)" }
}
