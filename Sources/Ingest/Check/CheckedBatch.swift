import Domain

/// What a worker made of one batch, before it is handed on in order.
struct CheckedBatch: Sendable {
    var shard: UploadShard
    /// Rows of the file in this batch.
    var rows: Int
    /// How many rows were refused, by code.
    var rejected: [RejectCode: Int]
    /// How many addresses were mended, by kind of damage.
    var repaired: [String: Int]
    /// Where to the recipients' addresses lead: the first's, and each further one's.
    var regions: [Set<Region>]
    /// One for each recipient of the shard.
    var addresses: [RecipientHash]
    /// What rows are compared by, where that isn't the address; one for each recipient.
    var keys: [RecipientHash]
    /// How far the file was read when this batch was cut.
    var consumed: Int
}
