/// Why bytes are no shard. None of them holds personal data.
package enum ShardBodyError: Error, Sendable, Equatable {
    case notAShard
    case unknownVersion(UInt8)
    case damaged
}
