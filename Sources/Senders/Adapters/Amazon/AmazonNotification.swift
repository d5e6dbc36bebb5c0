import Crypto
import Domain

/// What Amazon's notification service posts to an address that is subscribed to a topic: an envelope of JSON, signed
/// with a certificate of the service. SES tells of bounces this way, SNS of replies to text messages.
///
/// https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
struct AmazonNotification: Sendable {
    enum Kind: String {
        case notification = "Notification"
        case subscription = "SubscriptionConfirmation"
        case unsubscription = "UnsubscribeConfirmation"
    }

    let kind: Kind
    let topic: String
    /// What the topic's publisher wrote; for SES and SMS it is JSON again.
    let message: String
    let at: Timestamp?
    private let version: String
    private let signature: [UInt8]
    private let certificatePlace: String
    private let signed: [UInt8]

    init?(_ body: [UInt8]) {
        guard let json = try? JSON.parse(body), let kind = json["Type"]?.stringValue.flatMap(Kind.init),
            let signature = json["Signature"]?.stringValue.flatMap({ Base64.decode(Array($0.utf8)) }),
            let topic = json["TopicArn"]?.stringValue, let message = json["Message"]?.stringValue
        else { return nil }
        self.kind = kind
        self.topic = topic
        self.message = message
        self.signature = signature
        at = json["Timestamp"]?.stringValue.flatMap { VendorTime.text($0) }
        version = json["SignatureVersion"]?.stringValue ?? ""
        certificatePlace = json["SigningCertURL"]?.stringValue ?? ""
        let names =
            kind == .notification
            ? ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
            : ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
        var text = ""
        for name in names {
            if let value = json[name]?.stringValue { text += "\(name)\n\(value)\n" }
        }
        signed = Array(text.utf8)
    }

    /// Genuine is what one of the certificates signed for one of the topics: anybody with an account at Amazon can
    /// have the service sign something, for a topic of his own.
    func verify(_ trust: AmazonTrust, now: Timestamp) -> CallbackVerdict {
        guard Self.isAmazons(certificatePlace) else { return .forged("the certificate is not at Amazon's") }
        guard trust.topics.contains(topic) else { return .forged("another topic") }
        // Amazon tries for up to an hour to deliver, always with the time of the first attempt.
        guard let at, now - at <= .seconds(3600 + 300), at - now <= .seconds(300) else { return .forged("too old") }
        let isSigned = trust.keys.contains { key in
            switch version {
            case "1": key.verifyRSASHA1(signature, of: signed)
            case "2": key.verifyRSASHA256(signature, of: signed)
            default: false
            }
        }
        return isSigned ? .genuine : .forged("wrong signature")
    }

    /// `https://sns.REGION.amazonaws.com/….pem`: the certificate itself comes from the settings, and yet nothing
    /// that names another place is Amazon's.
    static func isAmazons(_ url: String) -> Bool {
        let parts = url.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0] == "https:", parts[1].isEmpty, url.hasSuffix(".pem") else { return false }
        let labels = parts[2].split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count == 4 || labels.count == 5 && labels[4] == "cn", labels[0] == "sns",
            labels[2] == "amazonaws", labels[3] == "com"
        else { return false }
        return !labels[1].isEmpty
            && labels[1].utf8.allSatisfy { $0 == 0x2D || $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x61 && $0 <= 0x7A }
    }
}

extension AmazonNotification {
    static func verify(_ callback: ProviderCallback, _ trust: AmazonTrust, now: Timestamp) -> CallbackVerdict {
        AmazonNotification(callback.body)?.verify(trust, now: now) ?? .forged("no notification")
    }

    /// The notification that a callback is; nil where it only says that the subscription has ended.
    static func content(of callback: ProviderCallback) throws(UnreadableCallback) -> AmazonNotification? {
        guard let notification = AmazonNotification(callback.body) else {
            throw UnreadableCallback("is no notification of Amazon")
        }
        switch notification.kind {
        case .unsubscription: return nil
        case .subscription: throw .unconfirmed
        case .notification: return notification
        }
    }
}

extension UnreadableCallback {
    /// A person decides whether the topic is ours.
    static let unconfirmed = UnreadableCallback(
        "asks to confirm the subscription to the topic: open the SubscribeURL that stands in it")
}

/// Whom to believe: the service's certificates and the topics that are ours. They come from the settings: nothing is
/// fetched while a callback is looked at.
struct AmazonTrust: Sendable {
    static let settings = ["notification_certificate", "topic_arn"]

    let keys: [VerifyingKey]
    let topics: Set<String>

    /// Nil where no notifications are wanted.
    init?(_ reader: inout ConfigReader) throws(ConfigError) {
        let text = try reader.key("notification_certificate")
        let topics = reader.list("topic_arn")
        guard let text else {
            guard topics == nil else {
                throw ConfigError(
                    setting: reader.place("notification_certificate"),
                    problem: "is missing: give the certificate that the SigningCertURL of your notifications names")
            }
            return nil
        }
        self.topics = Set((topics ?? []).compactMap(\.stringValue))
        guard !self.topics.isEmpty else {
            throw ConfigError(
                setting: reader.place("topic_arn"),
                problem: "is missing: give the topic, such as arn:aws:sns:eu-west-1:123456789012:herald")
        }
        keys = try Self.keys(text, reader.place("notification_certificate"))
    }

    /// Several certificates stand one after the other: Amazon changes them, and the next one can be put in before.
    private static func keys(_ text: String, _ place: String) throws(ConfigError) -> [VerifyingKey] {
        let end = "-----END CERTIFICATE-----"
        var keys: [VerifyingKey] = []
        for block in text.components(of: end) {
            do {
                keys.append(try VerifyingKey(certificatePEM: block + end + "\n"))
            } catch {
                throw ConfigError(
                    setting: place, problem: "must be a certificate as PEM (\"-----BEGIN CERTIFICATE-----\")")
            }
        }
        guard !keys.isEmpty else {
            throw ConfigError(setting: place, problem: "must be a certificate as PEM")
        }
        return keys
    }
}

extension String {
    /// What stands before each of the separators.
    fileprivate func components(of separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        if rest.contains(where: { !$0.isWhitespace }) { parts.append(String(rest)) }
        return parts
    }
}
