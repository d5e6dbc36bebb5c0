import Domain
import Ingest
import Storage
import Synchronization

/// Hands shards to the database as they come, and remembers their sizes for the campaign's rows.
final class StoringSink: ShardSink {
    private let writer: UploadWriter
    private let counts = Mutex<[(number: Int, count: Int)]>([])
    private let firstFailure = Mutex<(any Error)?>(nil)

    init(writer: UploadWriter) { self.writer = writer }

    /// Why the database took no more; who reads the file only hears that it did not.
    var failure: (any Error)? { firstFailure.withLock { $0 } }

    func store(_ shard: consuming UploadShard) async throws {
        do { try await put(shard) } catch {
            firstFailure.withLock { $0 = $0 ?? error }
            throw error
        }
    }

    private func put(_ shard: consuming UploadShard) async throws {
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
