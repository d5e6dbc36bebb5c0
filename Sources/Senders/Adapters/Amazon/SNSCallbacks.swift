import Domain

/// Replies to text messages, as Amazon passes them on through a topic.
///
/// https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html
struct SNSCallbacks: CallbackReader {
    let trust: AmazonTrust

    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict {
        guard let notification = AmazonNotification(callback.body) else { return .forged("no notification") }
        return notification.verify(trust, now: now)
    }

    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        guard let notification = AmazonNotification(callback.body) else {
            throw UnreadableCallback("is no notification of Amazon")
        }
        switch notification.kind {
        case .unsubscription: return []
        case .subscription: throw .unconfirmed
        case .notification: break
        }
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

extension UnreadableCallback {
    /// A person decides whether the topic is ours.
    static let unconfirmed = UnreadableCallback(
        "asks to confirm the subscription to the topic: open the SubscribeURL that stands in it")
}
