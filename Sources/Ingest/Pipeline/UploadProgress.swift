/// How far an upload has come. Reported after each stored shard.
package struct UploadProgress: Sendable, Equatable {
    package var rows: Int
    package var rejected: Int
    /// Bytes of the stored file that have been read, and how many there are, where that is known.
    package var bytesRead: Int
    package var bytesTotal: Int?
}
