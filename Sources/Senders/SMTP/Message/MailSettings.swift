/// What all messages of a provider have in common.
package struct MailSettings: Sendable {
    var from: Mailbox
    var replyTo: Mailbox?
    /// In front of the message's id and behind it: `https://acme.example/u/` and ``.
    var unsubscribe: (before: [UInt8], after: [UInt8])?
    var dkim: [DKIMKey] = []
    /// Behind the message's id in Message-ID: tells this installation's messages from those of others.
    var installation: [UInt8] = Array("herald".utf8)
}
