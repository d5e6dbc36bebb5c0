/// Bounds that keep memory flat whatever the file holds. Beyond them a row is rejected and scanning goes on.
package struct ScanLimits: Sendable {
    /// Bytes of one field. No message carries more.
    package var field = 1 << 20
    /// Bytes of one row.
    package var row = 4 << 20
    package var columns = 2_000
    /// Records of a batch. Below `MessageID.shardCapacity`, because a batch becomes a shard.
    package var batchRecords = 2_000
    /// A batch ends after this many bytes, too.
    package var batchBytes = 1 << 20
    /// What is kept of a field that is too long, to be recognised in the rejects.
    package var keptOfLongField = 256
    /// Bytes that are looked at to find the format and the delimiter.
    package var sample = 64 << 10
    /// Bytes asked for at a time.
    package var piece = 64 << 10

    package init() {}
}
