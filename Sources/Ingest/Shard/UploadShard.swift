/// What one batch of rows became: a shard of recipients and the rows that were refused. Handed to the sink in
/// the order of the file; `number` counts up from 0 without gaps.
package struct UploadShard: Sendable {
    package var number: Int
    /// Recipients in the body, duplicates of earlier rows included: those are known only at the end.
    package var count: Int
    /// A `ShardBody`, or what the sealer made of it; empty without recipients.
    package var body: [UInt8]
    package var rejected: Int
    /// A `RejectBlock`, or what the sealer made of it; empty without rejects.
    package var rejects: [UInt8]

    package init(number: Int, count: Int, body: [UInt8], rejected: Int, rejects: [UInt8]) {
        self.number = number
        self.count = count
        self.body = body
        self.rejected = rejected
        self.rejects = rejects
    }
}
