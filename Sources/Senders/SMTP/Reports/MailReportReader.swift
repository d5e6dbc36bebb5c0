import Domain

/// Reads mail that came back: bounces (RFC 3464) and complaints that providers pass on (RFC 5965). Their message is named
/// by the address that the bounce went to, or by what stands in the part of the mail that was returned; only a mark that
/// nobody can make up counts. Answers of people and machines say nothing of messages.
package struct MailReportReader: CallbackReader {
    package static let contentType = "message/rfc822"
    /// What of a mail is looked at: reports stand in front, and the returned mail last.
    package static let longest = 256 << 10

    /// Nil: messages carry no mark.
    let mark: MailMark?
    let webhook: WebhookSecret?

    package func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict {
        webhook?.verify(callback) ?? .forged("no webhook_user and no webhook_secret is set")
    }

    package func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        guard let mark else {
            throw UnreadableCallback(
                "could be forged: set the provider's report_secret, which messages carry from then on")
        }
        let mail = MailPart(callback.body.prefix(Self.longest))
        let leaves = mail.leaves()
        var statuses: [ReceiptStatus] = []
        if let part = leaves.first(where: { $0.type == "message/feedback-report" }) {
            statuses = Self.complaint(part)
        } else if let part = leaves.first(where: { Self.reportTypes.contains($0.type) }) {
            statuses = Self.bounce(part)
        }
        guard !statuses.isEmpty else { return [] }
        guard let message = Self.message(mark, mail, leaves) else {
            throw UnreadableCallback("names none of the messages that were sent with this report_secret")
        }
        return statuses.map { status in
            var status = status
            status.message = message
            return .status(status)
        }
    }

    private static let reportTypes: Set<String> = ["message/delivery-status", "message/global-delivery-status"]

    /// We send each mail to one person: where its address stands for several, the worst of what is told counts.
    private static func bounce(_ part: MailPart) -> [ReceiptStatus] {
        let told = DeliveryReport.all(in: part.content).compactMap { report in
            report.state.map { ReceiptStatus(state: $0, reason: report.reason, recipient: report.recipient) }
        }
        let order: [ReceiptState] = [.bouncedHard, .bouncedSoft, .delivered, .sent]
        return order.lazy.compactMap { state in told.first { $0.state == state } }.prefix(1).map { $0 }
    }

    private static func complaint(_ part: MailPart) -> [ReceiptStatus] {
        var content = part.content[...]
        let fields = MailFields(&content)
        // "not-spam" takes a complaint back, of which nothing follows.
        guard ["abuse", "fraud", "virus", "other"].contains(fields["feedback-type"].lowercased()) else { return [] }
        let recipient = fields["original-rcpt-to"]
        return [ReceiptStatus(state: .complained, recipient: recipient.isEmpty ? nil : recipient)]
    }

    // MARK: Whose message

    private static let returnedTypes: Set<String> = [
        "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers",
    ]

    private static func message(_ mark: MailMark, _ mail: MailPart, _ leaves: [MailPart]) -> MessageID? {
        var texts = mail.fields.all(["delivered-to", "x-original-to", "envelope-to", "to"])
        for leaf in leaves {
            let isReport = leaf.type == "message/feedback-report"
            guard isReport || returnedTypes.contains(leaf.type) else { continue }
            var content = leaf.content[...]
            let fields = MailFields(&content)
            texts += fields.all(["return-path", "original-mail-from", "x-herald-message", "message-id"])
        }
        texts += mail.fields.all(["in-reply-to", "references"])
        return texts.prefix(mostTexts).lazy.compactMap { Self.message(mark, in: $0) }.first
    }

    /// A mail has a few of these fields, each with one address or two: no more of them are tried than these.
    private static let mostTexts = 40
    private static let longestText = 1000

    /// A mark stands at the start of a Message-ID, and behind a plus in an address.
    private static func message(_ mark: MailMark, in text: String) -> MessageID? {
        let bytes = Array(text.utf8.prefix(longestText))
        for at in bytes.indices where at == 0 || [0x3C, 0x2B, 0x20, 0x2C].contains(bytes[at - 1]) {
            guard bytes[at] >= 0x30, bytes[at] <= 0x39 else { continue }
            if let message = mark.message(bytes[at...]) { return message }
        }
        return nil
    }
}
