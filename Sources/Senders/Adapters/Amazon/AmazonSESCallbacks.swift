import Domain

/// SES's feedback, which comes through SNS: notifications of an identity or events of a configuration set. Only the
/// latter carry our message's id (as a tag); the former are found by SES's.
struct AmazonSESCallbacks: CallbackReader {
    let trust: AmazonTrust

    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict {
        AmazonNotification.verify(callback, trust, now: now)
    }

    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        guard let notification = try AmazonNotification.content(of: callback) else { return [] }
        guard let event = try? JSON.parse(notification.message) else {
            // What SES publishes once, when it is connected with the topic.
            if notification.message.hasPrefix("Successfully validated SNS topic") { return [] }
            throw UnreadableCallback("is no event of SES")
        }
        guard let kind = event["eventType"]?.stringValue ?? event["notificationType"]?.stringValue,
            let mail = event["mail"]
        else { throw UnreadableCallback("has neither eventType nor notificationType") }
        let id = mail["messageId"]?.stringValue ?? ""
        let tag = mail["tags"]?[EmailReceipt.idName]?.arrayValue?.first
        let message = EmailReceipt.message(tag)
        guard !id.isEmpty || message != nil else { throw UnreadableCallback("has no messageId") }
        return Self.found(kind, event).map { found in
            .status(
                ReceiptStatus(
                    message: message, references: id.isEmpty ? [] : [id], state: found.state, reason: found.reason,
                    at: found.at ?? EmailReceipt.time(mail["timestamp"]), recipient: found.recipient))
        }
    }

    private typealias Found = (state: ReceiptState, reason: String, at: Timestamp?, recipient: String?)

    private static func found(_ kind: String, _ event: JSON) -> [Found] {
        let details = event[kind.prefix(1).lowercased() + kind.dropFirst()]
        let at = EmailReceipt.time(details?["timestamp"])
        let person = event["mail"]?["destination"]?.arrayValue?.first?.stringValue
        switch kind {
        case "Send": return [(.sent, "", nil, person)]
        case "Delivery": return [(.delivered, "", at, details?["recipients"]?.arrayValue?.first?.stringValue)]
        case "Open": return [(.opened, "", at, person)]
        case "Click": return [(.clicked, "", at, person)]
        case "Bounce": return details.map { bounces($0, at) } ?? []
        case "Complaint": return complaint(details, at, person)
        case "Reject": return [(.failed, reason("Reject"), nil, person)]
        case "Rendering Failure": return [(.failed, reason("Rendering Failure"), nil, person)]
        case "Subscription":
            let isOut = details?["newTopicPreferences"]?["unsubscribeAll"]?.boolValue == true
            return isOut ? [(.unsubscribed, "", at, person)] : []
        // DeliveryDelay: SES tries on by itself.
        default: return []
        }
    }

    private static func bounces(_ bounce: JSON, _ at: Timestamp?) -> [Found] {
        let type = String((bounce["bounceType"]?.stringValue ?? "Undetermined").prefix(20))
        let kind = String((bounce["bounceSubType"]?.stringValue ?? "General").prefix(30))
        let reason = reason("\(type) \(kind)")
        return (bounce["bouncedRecipients"]?.arrayValue ?? []).map { person in
            let words = person["diagnosticCode"]?.stringValue ?? ""
            let isListed = kind == "Suppressed" || kind == "OnAccountSuppressionList"
            // SES calls a domain that does not exist transient, and a refusal of its own machines permanent.
            let state =
                isListed
                ? .bouncedHard
                : BounceJudgement.state(
                    isHard: type == "Permanent", status: person["status"]?.stringValue ?? "", words: words)
            return (state, reason, at, person["emailAddress"]?.stringValue)
        }
    }

    private static func complaint(_ complaint: JSON?, _ at: Timestamp?, _ person: String?) -> [Found] {
        // "not-spam": somebody took a message out of the spam folder.
        if complaint?["complaintFeedbackType"]?.stringValue == "not-spam" { return [] }
        let people = complaint?["complainedRecipients"]?.arrayValue ?? []
        // With several recipients SES cannot say who; ours have one.
        return [(.complained, "", at, people.first?["emailAddress"]?.stringValue ?? person)]
    }

    private static func reason(_ code: String) -> String {
        let word = AmazonSESAdapter.codes.word(code)
        return ProviderReason.text(word.isEmpty ? ProviderReason.providerError : word, AmazonSESAdapter.kind, code)
    }
}
