import Domain
import Ingest
import Storage

/// Compresses and seals a campaign's shards under its tenant's key.
struct TenantSealing: ShardSealing {
    let key: TenantKey
    let campaign: Int64

    func sealer() -> any ShardSealer { Sealer(codec: ShardCodec(key: key, campaign: campaign), campaign: campaign) }

    private final class Sealer: ShardSealer {
        private let codec: ShardCodec
        private let campaign: Int64

        init(codec: ShardCodec, campaign: Int64) {
            self.codec = codec
            self.campaign = campaign
        }

        func seal(_ bytes: consuming [UInt8], _ part: ShardPart, shard: Int) -> [UInt8] {
            codec.seal(bytes, shard: MessageID.shard(campaign: campaign, number: shard), kind: ShardBodyKind(part))
        }
    }
}

extension ShardBodyKind {
    init(_ part: ShardPart) {
        switch part {
        case .body: self = .recipients
        case .rejects: self = .rejects
        }
    }
}
