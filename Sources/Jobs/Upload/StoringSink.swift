import Domain
import Ingest
import Storage
import Synchronization

/// Hands shards to the database as they come, and remembers their sizes for the campaign's rows.
final class StoringSink: ShardSink {
    private let writer: UploadWriter
    private let counts = Mutex<[(number: Int, count: Int)]>([])

    init(writer: UploadWriter) { self.writer = writer }

    func store(_ shard: consuming UploadShard) async throws {
        let id = writer.shard(shard.number)
        if shard.count > 0 {
            try await writer.store(shard: id, kind: .recipients, count: shard.count, sealed: shard.body)
        }
        if shard.rejected > 0 {
            try await writer.store(shard: id, kind: .rejects, count: shard.rejected, sealed: shard.rejects)
        }
        let (number, count) = (shard.number, shard.count)
        if count > 0 { counts.withLock { $0.append((number, count)) } }
    }

    /// The shards to work on, with their duplicates to skip.
    func drafts(skipping duplicates: DuplicateMarks) -> [ShardDraft] {
        counts.withLock { counts in
            counts.map { ShardDraft(id: writer.shard($0.number), count: $0.count, skip: duplicates.bitmaps[$0.number]) }
        }
    }
}
