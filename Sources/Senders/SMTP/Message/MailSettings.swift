/// What all messages of a provider have in common.
package struct MailSettings: Sendable {
    var from: Mailbox
    var replyTo: Mailbox?
    var unsubscribe: UnsubscribeURL?
    var dkim: [DKIMKey] = []
    /// Names messages in what comes back of them; nil where reports are not read.
    var mark: MailMark?
    /// Behind the message's id in Message-ID: tells this installation's messages from those of others.
    var installation: [UInt8] = Array("herald".utf8)
}
