import Domain
import Synchronization

@testable import Ingest

/// Good enough to tell a test's recipients apart.
struct PlainHashing: RecipientHashing {
    final class Hasher: RecipientHasher {
        func hash(_ domain: HashDomain, _ bytes: Span<UInt8>) -> RecipientHash {
            var high = 0xCBF2_9CE4_8422_2325 ^ UInt64(domain.rawValue)
            var low: UInt64 = 0x9E37_79B9_7F4A_7C15
            for index in bytes.indices {
                high = (high ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01B3
                low = (low &+ UInt64(bytes[index])) &* 0xBF58_476D_1CE4_E5B9
                low ^= low >> 29
            }
            // FNV's top bits differ too little for partitions.
            return RecipientHash(high: (high ^ low >> 7) &* 0x94D0_49BB_1331_11EB, low: low ^ high)
        }
    }

    func hasher() -> any RecipientHasher { Hasher() }
}

/// Keeps what it is given.
final class KeepingSink: ShardSink {
    private let kept = Mutex<[UploadShard]>([])

    func store(_ shard: consuming UploadShard) async throws {
        let shard = shard
        kept.withLock { $0.append(shard) }
    }

    var shards: [UploadShard] { kept.withLock { $0 } }

    /// All recipients' addresses in order, duplicates included.
    func addresses() throws -> [String] { try rows().map(\.address) }

    func rows() throws -> [(line: Int, address: String, cells: [String])] {
        try shards.flatMap { shard in
            if shard.body.isEmpty { return [(line: Int, address: String, cells: [String])]() }
            let body = try ShardBody(shard.body)
            return (0..<body.count).map { index in
                (
                    body.line(index), String(decoding: body.bytes[body.address(index).range], as: UTF8.self),
                    (0..<body.columns).map {
                        String(decoding: body.bytes[body.field(index, column: $0).range], as: UTF8.self)
                    }
                )
            }
        }
    }

    func rejects() throws -> [RejectBlock.Row] {
        try shards.flatMap { try $0.rejects.isEmpty ? [] : RejectBlock($0.rejects).rows }
    }
}

extension UploadOptions {
    static func test(
        _ kind: AddressKind = .phone, columns: [String: String] = [:], dedupe: DedupeKey = .address
    ) -> UploadOptions {
        UploadOptions(
            addressKind: kind, defaultRegion: Region("SG") ?? .none, columns: columns, dedupe: dedupe,
            hashing: PlainHashing(), workers: 2)
    }
}
