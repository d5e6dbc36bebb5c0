import Storage

/// Seals the bodies that one accept queue makes. Setting up a tenant's cipher costs more than sealing a small body,
/// so the last ones are kept. Not Sendable on purpose: it belongs to its queue.
final class BodySealer {
    private var codecs: [Int64: ShardCodec] = [:]
    private static let capacity = 1024

    func seal(_ body: [UInt8], shard: Int64, tenant: Int64, key: TenantKey) -> [UInt8] {
        let campaign = ShardCodec.campaign(of: shard)
        let codec = codecs[campaign] ?? ShardCodec(key: key, campaign: campaign)
        if codecs.count >= Self.capacity { codecs.removeAll() }
        codecs[campaign] = codec
        return codec.seal(body, shard: shard, kind: .recipients)
    }
}
