import Domain

/// A batch as a composer reads it, with what is the same for all its messages worked out once.
struct MailSource: Sendable {
    let batch: MessageBatch
    let attachments: EncodedAttachments
    /// From and Reply-To, whole fields.
    let senderFields: [UInt8]
    /// What follows the message's id: `-herald@acme.example>` and the line's end.
    let messageIDEnd: [UInt8]
    let unsubscribe: UnsubscribeURL?
    let keys: [DKIMKey]
    let mark: MailMark?
    let sender: Mailbox

    /// Why no message of a batch can be composed.
    enum Fault: Error, Hashable {
        /// The batch's sender is no address.
        case sender
        /// Marketing mail must say how to be rid of it (RFC 8058).
        case noUnsubscribe
    }

    init(_ batch: MessageBatch, settings: MailSettings) throws(Fault) {
        guard let sender = Self.sender(batch.from, settings.from) else { throw .sender }
        if batch.category == .marketing {
            guard let unsubscribe = settings.unsubscribe else { throw .noUnsubscribe }
            self.unsubscribe = unsubscribe
        } else {
            unsubscribe = nil
        }
        self.batch = batch
        self.sender = sender
        mark = settings.mark
        attachments = EncodedAttachments(batch.attachments)
        var fields = RawBytes(capacity: 256)
        fields.appendField("From", sender)
        if let replyTo = settings.replyTo { fields.appendField("Reply-To", replyTo) }
        senderFields = fields.array
        let domain = sender.domain
        messageIDEnd = [0x2D] + settings.installation + [0x40] + domain + Array(">\r\n".utf8)
        let aligned = settings.dkim.filter { $0.isAligned(with: domain) }
        keys = aligned.isEmpty ? settings.dkim : aligned
    }

    /// The batch's sender may be an address, an address with a name, or only a name for the configured address.
    private static func sender(_ text: String, _ usual: Mailbox) -> Mailbox? {
        if text.isEmpty { return usual }
        return text.utf8.contains(0x40) ? Mailbox(text) : usual.named(text)
    }
}
