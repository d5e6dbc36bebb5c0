import Domain

/// The adapters of email vendors: an account that writes, and requests that carry as much as fits.
protocol EmailAdapter: VendorAdapter {
    var account: EmailAccount { get }
    var extent: BatchExtent { get }
}

extension EmailAdapter {
    func extent(from first: Int, of source: RequestSource) -> Int { extent.count(from: first, of: source) }

    func refusal(_ message: MessageBatch.Message, of source: RequestSource) -> Outcome? {
        account.refusal(message, of: source)
    }
}

/// What every email vendor's account says besides its keys: who writes, who is answered, how a person gets off the
/// list (RFC 8058), and whether the vendor may watch who opens and clicks: it may not, unless that is asked for.
struct EmailAccount: Sendable {
    static let settings = ["from", "reply_to", "unsubscribe_url"]

    let from: EmailSender
    let replyTo: EmailSender?
    let isTracked: Bool
    private let unsubscribe: UnsubscribeURL?

    /// `tracking` is a setting of those whose requests can say so; the others' watching is switched in their consoles.
    init(_ reader: inout ConfigReader, canTrack: Bool) throws(ConfigError) {
        guard let from = try Self.sender("from", &reader) else {
            throw ConfigError(
                setting: reader.place("from"), problem: "is missing: give it, such as Acme <news@acme.example>")
        }
        self.from = from
        replyTo = try Self.sender("reply_to", &reader)
        isTracked = canTrack ? try reader.flag("tracking") ?? false : false
        unsubscribe = try reader.unsubscribeURL()
    }

    /// The batch's sender may be an address, an address with a name, or a name for the account's address. Nil where
    /// it is none of these.
    func sender(of batch: MessageBatch) -> EmailSender? {
        if batch.from.isEmpty { return from }
        return batch.from.utf8.contains(UInt8(ascii: "@")) ? EmailSender(batch.from) : from.named(batch.from)
    }

    /// What must not be asked of any vendor.
    func refusal(_ message: MessageBatch.Message, of source: RequestSource) -> Outcome? {
        if source.batch.category == .marketing, unsubscribe == nil {
            return .permanent(reason: "\(ProviderReason.contentRefused) (no unsubscribe_url)")
        }
        if message.text.isEmpty, message.rich.isEmpty {
            return .permanent(reason: "\(ProviderReason.contentRefused) (no text)")
        }
        if !source.batch.from.isEmpty, sender(of: source.batch) == nil {
            return .permanent(reason: "\(ProviderReason.senderRefused) (no address)")
        }
        let isUsable = source.with(message.to) { MailAddress.isUsable($0.span) }
        return isUsable ? nil : .permanent(reason: "\(ProviderReason.invalidRecipient) (no address)")
    }

    /// Where this message's recipient is taken off the list: only for what people may refuse.
    func unsubscribeURL(_ message: MessageBatch.Message, of batch: MessageBatch) -> [UInt8]? {
        batch.category == .marketing ? unsubscribe?.bytes(message.id) : nil
    }

    private static func sender(_ name: String, _ reader: inout ConfigReader) throws(ConfigError) -> EmailSender? {
        guard let text = try reader.text(name) else { return nil }
        guard let sender = EmailSender(text) else {
            throw ConfigError(
                setting: reader.place(name), problem: "must be an address such as Acme <news@acme.example>")
        }
        return sender
    }
}
