import Domain

/// One SMTP account: where it is, how to speak to it, what its messages look like. Parsed from JSON
/// (`SMTPConfig+Parsing.swift` lists the settings); immutable.
package struct SMTPConfig: Sendable {
    var host = ""
    var port = 587
    var session = SMTPSession.Options()
    var mail: MailSettings
    /// The address that bounces go to; the sender's own where there is none.
    var envelopeFrom: [UInt8]?
    /// Each message has a bounce address of its own, with its mark behind a plus.
    var marksEnvelope = false
    /// How it is proven that a report that is posted comes from our mail server; nil: none may be posted.
    var webhook: WebhookSecret?
    var connections = 8
    /// Nil where the connection stays in clear.
    var tls: TLSContext?
    /// May stand on a private address and be spoken to in clear. Nothing else may: a provider's settings must not
    /// open the own network.
    var isInternal = false
    var meaning = SMTPMeaning()
    /// From the dial to the connection standing, TLS included, over all of the host's addresses.
    var connectTimeout: Duration = .seconds(10)
    /// For any answer but the one to a whole message.
    var replyTimeout: Duration = .seconds(60)
    /// For the answer to a whole message: servers look through it first.
    var deliveryTimeout: Duration = .seconds(120)
    /// How long a connection is kept without work.
    var idleTimeout: Duration = .seconds(10)

    var reports: MailReportReader { MailReportReader(mark: mail.mark, webhook: webhook) }

    /// Where a message's bounces go to.
    func envelopeSender(_ message: MessageID, of sender: Mailbox) -> [UInt8] {
        let usual = envelopeFrom ?? sender.address
        guard marksEnvelope, let mark = mail.mark, let at = usual.lastIndex(of: 0x40) else { return usual }
        var address = RawBytes(capacity: 128)
        address.append(Array(usual[..<at]))
        address.append(0x2B)
        mark.append(message, to: &address)
        address.append(Array(usual[at...]))
        return address.array
    }
}
