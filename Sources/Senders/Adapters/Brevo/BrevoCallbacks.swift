import Domain

/// Brevo's webhooks: one event each, or a list where its administrator asked for that. Brevo signs nothing: see
/// `WebhookSecret`; a bearer token is the header `Authorization` with the secret `Bearer …`.
struct BrevoCallbacks: CallbackReader {
    let secret: WebhookSecret

    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict { secret.verify(callback) }

    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        let json = try EmailReceipt.body(callback)
        let list = json.arrayValue ?? [json]
        guard list.allSatisfy({ $0["event"]?.stringValue != nil }) else { throw UnreadableCallback("has no event") }
        return list.compactMap(Self.event)
    }

    private static func event(_ event: JSON) -> ReceiptEvent? {
        guard let word = event["event"]?.stringValue, let state = state(word, event) else { return nil }
        let id = event["message-id"]?.stringValue ?? ""
        let message = message(event["X-Mailin-custom"]?.stringValue ?? "")
        guard !id.isEmpty || message != nil else { return nil }
        let code = BrevoAdapter.codes.word(word)
        let bare = EmailReceipt.bare(id)
        return .status(
            ReceiptStatus(
                message: message, references: id.isEmpty ? [] : bare == id ? [id] : [bare, id], state: state,
                reason: code.isEmpty ? "" : ProviderReason.text(code, BrevoAdapter.kind, word),
                at: EmailReceipt.seconds(event["ts_event"] ?? event["ts"]), recipient: event["email"]?.stringValue))
    }

    private static func state(_ word: String, _ event: JSON) -> ReceiptState? {
        let words = event["reason"]?.stringValue ?? ""
        return switch word {
        case "request", "sent": .sent
        case "delivered": .delivered
        case "hard_bounce": BounceJudgement.state(isHard: true, status: "", words: words)
        case "soft_bounce": BounceJudgement.state(isHard: false, status: "", words: words)
        case "invalid_email": .bouncedHard
        case "blocked", "error": .failed
        case "spam": .complained
        case "unsubscribed": .unsubscribed
        case "opened", "unique_opened", "proxy_open", "unique_proxy_open": .opened
        case "click": .clicked
        // Deferred: Brevo tries on by itself.
        default: nil
        }
    }

    /// `herald_id:1000`, perhaps among others of the kind.
    private static func message(_ custom: String) -> MessageID? {
        for part in custom.split(separator: "|") {
            let pair = part.split(separator: ":", maxSplits: 1)
            if pair.count == 2, pair[0] == EmailReceipt.idName { return EmailReceipt.message(.string(String(pair[1]))) }
        }
        return nil
    }
}
