import Domain

/// Replies to text messages, as Amazon passes them on through a topic.
///
/// https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html
struct SNSCallbacks: CallbackReader {
    let trust: AmazonTrust

    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict {
        AmazonNotification.verify(callback, trust, now: now)
    }

    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        guard let notification = try AmazonNotification.content(of: callback) else { return [] }
        guard let json = try? JSON.parse(notification.message), let from = json["originationNumber"]?.stringValue,
            let to = json["destinationNumber"]?.stringValue
        else { throw UnreadableCallback("is a notification that tells of no reply") }
        return [
            .reply(
                InboundReply(
                    from: from, to: to, text: json["messageBody"]?.stringValue ?? "", at: notification.at))
        ]
    }
}
