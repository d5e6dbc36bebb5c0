import Domain

/// Rendered messages on their way to one provider: one buffer of bytes, and where each message's parts
/// stand in it. Built once per window and reused, so that a message costs no allocation of its own.
package struct MessageBatch: Sendable {
    /// One message. The ranges point into the batch's `bytes`.
    package struct Message: Sendable {
        package var id: MessageID
        /// 1 for the first try. Not part of the idempotency key, which is the same for every try of a message.
        package var attempt: Int16
        package var region: Region
        package var segments: Int32
        package var to: FieldRange
        /// Email: subject. Push: title. SMS: empty.
        package var subject: FieldRange
        /// The text that every channel has.
        package var text: FieldRange
        /// Email: the HTML body. Push: the data object as JSON. Otherwise empty.
        package var rich: FieldRange
        /// The sender of this one, where it is another than the batch's; email always has the batch's.
        package var from = FieldRange.empty

        package init(
            id: MessageID, attempt: Int16, region: Region, segments: Int32, to: FieldRange, subject: FieldRange,
            text: FieldRange, rich: FieldRange
        ) {
            self.id = id
            self.attempt = attempt
            self.region = region
            self.segments = segments
            self.to = to
            self.subject = subject
            self.text = text
            self.rich = rich
        }
    }

    package var channel: Channel
    package var category: Category
    /// The sender's name or number; empty where the provider's default applies.
    package var from: String
    /// When the messages no longer make sense: told to providers that can stop trying then.
    package var expiresAt: Timestamp?
    /// The trace that all of the messages belong to: told to providers that are spoken to by HTTP.
    package var trace: TraceParent?
    package var bytes: [UInt8] = []
    package var messages: [Message] = []
    /// Files that go with every message. Only email carries them.
    package var attachments: [Attachment] = []

    package init(channel: Channel, category: Category, from: String = "") {
        self.channel = channel
        self.category = category
        self.from = from
    }

    /// The sender of one of the messages; empty where the provider's default applies.
    package func sender(of message: Message) -> String {
        message.from.isEmpty ? from : String(decoding: bytes[message.from.range], as: UTF8.self)
    }

    /// How long the messages still make sense, in whole seconds and at least one; nil where they always do.
    package func lifetime(at now: Timestamp = .now) -> Int64? {
        expiresAt.map { max(1, ($0 - now).wholeMicroseconds / 1_000_000) }
    }
}
