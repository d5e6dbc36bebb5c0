import Domain
import Ingest
import Senders

/// Writes one recipient's message into a batch. A campaign has one; it is used by all its shards at once.
package protocol MessageRenderer: Sendable {
    /// Appends the parts that a channel shows to `bytes`; throws what makes the message impossible to send.
    func render(
        _ recipient: Int, of body: borrowing ShardBody, for channel: Channel, into bytes: inout [UInt8]
    ) throws(ContentError) -> RenderedParts

    /// Whether there is something to say on a channel.
    func writes(_ channel: Channel) -> Bool
}

extension MessageRenderer {
    package func writes(_ channel: Channel) -> Bool { true }
}

/// Where the parts of one rendered message stand in the batch's bytes.
package struct RenderedParts: Sendable, Hashable {
    package var subject = FieldRange.empty
    package var text = FieldRange.empty
    package var rich = FieldRange.empty
    /// What is billed: SMS segments, or 1.
    package var segments: Int32 = 1

    package init() {}
}

/// Why a message can't be rendered for one recipient; it ends as failed.
package struct ContentError: Error, Sendable, Hashable {
    package let reason: String

    package init(reason: String) { self.reason = reason }
}
