import Crypto
import Domain

/// SendGrid's Event Webhook: a list of events, signed (ECDSA on P-256) over a time and the body.
struct SendGridCallbacks: CallbackReader {
    let key: VerifyingKey

    /// Nil where no key is set: what nobody signed is not read.
    init?(_ reader: inout ConfigReader) throws(ConfigError) {
        guard let text = try reader.key("webhook_key") else { return nil }
        let bare = text.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        guard let der = Base64.decode(Array(bare.utf8)), let key = try? VerifyingKey(der: der), key.kind == .p256 else {
            throw ConfigError(
                setting: reader.place("webhook_key"),
                problem: "must be the verification key that SendGrid shows for the Signed Event Webhook")
        }
        self.key = key
    }

    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict {
        guard let signature = callback.header("x-twilio-email-event-webhook-signature"),
            let time = callback.header("x-twilio-email-event-webhook-timestamp")
        else { return .forged("no signature") }
        guard let bytes = Base64.decode(Array(signature.utf8)),
            key.verifyECDSADER(bytes, of: Array(time.utf8) + callback.body)
        else { return .forged("wrong signature") }
        guard let seconds = Int64(time), ReplayWindow.holds(seconds, now: now) else { return .forged("too old") }
        return .genuine
    }

    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        let json = try EmailReceipt.body(callback)
        guard let list = json.arrayValue ?? (json.objectValue.map { _ in [json] }) else {
            throw UnreadableCallback("is no list of events")
        }
        return list.compactMap(Self.event)
    }

    private static func event(_ event: JSON) -> ReceiptEvent? {
        guard let word = event["event"]?.stringValue, let (state, reason) = state(word, event) else { return nil }
        let reference = event["sg_message_id"]?.stringValue ?? ""
        let message = EmailReceipt.message(event[EmailReceipt.idName])
        guard message != nil || !reference.isEmpty else { return nil }
        return .status(
            ReceiptStatus(
                message: message, references: references(reference), state: state, reason: reason,
                at: EmailReceipt.seconds(event["timestamp"]), recipient: event["email"]?.stringValue))
    }

    private static func state(_ word: String, _ event: JSON) -> (ReceiptState, String)? {
        switch word {
        case "processed": return (.sent, "")
        case "delivered": return (.delivered, "")
        case "open": return (.opened, "")
        case "click": return (.clicked, "")
        case "spamreport": return (.complained, "")
        case "unsubscribe", "group_unsubscribe": return (.unsubscribed, "")
        case "bounce":
            let status = event["status"]?.stringValue ?? ""
            // Blocked: the receiving server refused the machine or the content, for now.
            let isHard = event["type"]?.stringValue != "blocked"
            let state = BounceJudgement.state(
                isHard: isHard, status: status, words: event["reason"]?.stringValue ?? "")
            let code = event["bounce_classification"]?.stringValue ?? ""
            let known = SendGridAdapter.codes.word(code)
            let fallback = state == .bouncedHard ? ProviderReason.invalidRecipient : ProviderReason.providerError
            return (
                state,
                ProviderReason.text(
                    known.isEmpty ? fallback : known, SendGridAdapter.kind,
                    status.isEmpty ? "bounce" : String(status.prefix(12)))
            )
        case "dropped":
            let why = (event["reason"]?.stringValue ?? "").lowercased()
            let known = SendGridAdapter.codes.word(why)
            let reason = ProviderReason.text(
                known.isEmpty ? ProviderReason.providerError : known, SendGridAdapter.kind,
                known.isEmpty ? "dropped" : why)
            return (known == ProviderReason.invalidRecipient ? .bouncedHard : .failed, reason)
        // Deferred: SendGrid tries on by itself.
        default: return nil
        }
    }

    /// Events name a message by our reference and what SendGrid put behind it.
    private static func references(_ id: String) -> [String] {
        guard !id.isEmpty else { return [] }
        var all: [String] = []
        for mark in [".recv", ".filter"] {
            if let end = id.firstRange(of: mark)?.lowerBound { all.append(String(id[..<end])) }
        }
        if let dot = id.firstIndex(of: ".") { all.append(String(id[..<dot])) }
        all.append(id)
        return all.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
