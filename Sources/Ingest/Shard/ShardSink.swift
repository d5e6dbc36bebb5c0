/// Takes shards in the order of the file, one at a time. The next one comes when this one is stored.
package protocol ShardSink: Sendable {
    func store(_ shard: consuming UploadShard) async throws
}

/// For `campaign check`: nothing is kept.
package struct DiscardingSink: ShardSink {
    package init() {}
    package func store(_ shard: consuming UploadShard) async throws {}
}

/// Compresses and seals bodies in the parallel stage. Gives each worker a sealer of its own, because a sealer
/// reuses its contexts.
package protocol ShardSealing: Sendable {
    func sealer() throws -> any ShardSealer
}

/// Used by one worker.
package protocol ShardSealer: AnyObject {
    func seal(_ bytes: consuming [UInt8], _ part: ShardPart, shard: Int) throws -> [UInt8]
}

package enum ShardPart: UInt8, Sendable {
    case body = 0
    case rejects = 1
}
