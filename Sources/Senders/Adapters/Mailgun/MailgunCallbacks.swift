import Crypto
import Domain

/// Mailgun's webhooks: one event each, signed (HMAC-SHA256) over a time and a random token. The signature does not
/// cover the event; that a token comes only once is kept by the store of callbacks, which takes a repeated one once.
struct MailgunCallbacks: CallbackReader {
    let key: [UInt8]

    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict {
        guard let signature = (try? JSON.parse(callback.body))?["signature"],
            let time = signature["timestamp"]?.stringValue ?? signature["timestamp"]?.numberText,
            let token = signature["token"]?.stringValue, let given = signature["signature"]?.stringValue
        else { return .forged("no signature") }
        let wanted = Hex.encode(HMAC.sha256(key: key, message: Array((time + token).utf8)))
        guard ConstantTime.equal(wanted, Array(given.utf8)) else { return .forged("wrong signature") }
        guard let seconds = Int64(time), ReplayWindow.holds(seconds, now: now) else { return .forged("too old") }
        return .genuine
    }

    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        guard let event = try EmailReceipt.body(callback)["event-data"] else {
            throw UnreadableCallback("has no event-data")
        }
        guard let word = event["event"]?.stringValue, let (state, reason) = Self.state(word, event) else { return [] }
        let id = event["message"]?["headers"]?["message-id"]?.stringValue ?? ""
        let message = EmailReceipt.message(event["user-variables"]?[EmailReceipt.idName])
        guard !id.isEmpty || message != nil else { throw UnreadableCallback("has no message-id") }
        return [
            .status(
                ReceiptStatus(
                    message: message, references: id.isEmpty ? [] : [EmailReceipt.bare(id)], state: state,
                    reason: reason, at: EmailReceipt.seconds(event["timestamp"]),
                    recipient: event["recipient"]?.stringValue))
        ]
    }

    private static func state(_ word: String, _ event: JSON) -> (ReceiptState, String)? {
        switch word {
        case "accepted": (.sent, "")
        case "delivered": (.delivered, "")
        case "opened": (.opened, "")
        case "clicked": (.clicked, "")
        case "complained": (.complained, "")
        case "unsubscribed": (.unsubscribed, "")
        case "rejected": (.failed, reason(event, usual: "rejected"))
        case "failed": failed(event)
        default: nil
        }
    }

    private static func failed(_ event: JSON) -> (ReceiptState, String)? {
        // Temporary: Mailgun tries on by itself, and tells when it gives up.
        guard event["severity"]?.stringValue == "permanent" else { return nil }
        let why = event["reason"]?.stringValue ?? ""
        let reason = reason(event, usual: "failed")
        switch why {
        case "suppress-unsubscribe", "suppress-complaint": return (.failed, reason)
        case "suppress-bounce": return (.bouncedHard, reason)
        default:
            let status = event["delivery-status"]
            let words = [status?["message"], status?["description"]].compactMap { $0?.stringValue }.joined(
                separator: " ")
            let isHard = why != "old" && why != "espblock" && why != "greylisted"
            return (
                BounceJudgement.state(
                    isHard: isHard, status: status?["enhanced-code"]?.stringValue ?? "", words: words), reason
            )
        }
    }

    private static func reason(_ event: JSON, usual: String) -> String {
        let why = String((event["reason"]?.stringValue ?? usual).prefix(30))
        let code = event["delivery-status"]?["code"]?.numberText ?? ""
        let named = MailgunAdapter.codes.word(why)
        let word = named.isEmpty || why == "generic" ? MailgunAdapter.codes.word(code) : named
        return ProviderReason.text(
            word.isEmpty ? ProviderReason.providerError : word, MailgunAdapter.kind,
            code.isEmpty ? why : "\(why) \(code)")
    }
}
