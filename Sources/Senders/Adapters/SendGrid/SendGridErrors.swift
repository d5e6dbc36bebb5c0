import Domain

/// What SendGrid finds wrong with a request: a list of messages for people, each with the field that it is about. One
/// wrong field and nothing of the request is taken; the field's index says which message was wrong.
struct SendGridErrors {
    /// `personalizations.3.to.0.email` -> 3 and `personalizations.to.email`.
    private var found: [(place: Int?, code: String)] = []

    init(_ reply: borrowing HTTPReply) {
        for error in reply.json?["errors"]?.arrayValue ?? [] {
            let parts = (error["field"]?.stringValue ?? "").split(separator: ".").prefix(8)
            let index = parts.count > 1 && parts[0] == "personalizations" ? Int(parts[1]) : nil
            var code = parts.filter { Int($0) == nil }.joined(separator: ".")
            if code.isEmpty { code = Self.code(error["message"]?.stringValue ?? "") }
            found.append((index, String(code.prefix(60))))
        }
    }

    func outcomes(_ reply: borrowing HTTPReply, count: Int) -> [Outcome] {
        let general = found.first { $0.place == nil }
        let isOnlySome = general == nil && found.contains { ($0.place ?? 0) < count }
        guard reply.status == 400, count > 1 else {
            let outcome = SendGridAdapter.codes.refusal(reply, code: found.first?.code ?? "")
            return Array(repeating: outcome, count: count)
        }
        // The others were not taken either, and are good: they are sent again, without the wrong one.
        let other = Outcome.temporary(
            reason: ProviderReason.text(ProviderReason.providerError, SendGridAdapter.kind, "400 for another message"))
        if isOnlySome {
            var outcomes = Array(repeating: other, count: count)
            for (place, code) in found {
                guard let place, place >= 0, place < count else { continue }
                outcomes[place] = SendGridAdapter.codes.refusal(reply, code: code)
            }
            return outcomes
        }
        let known = general.flatMap { SendGridAdapter.codes.outcome($0.code, retryAfter: reply.retryAfter) }
        return Array(repeating: known ?? other, count: count)
    }

    /// Errors of no field are told apart by their words.
    private static func code(_ message: String) -> String {
        let message = message.lowercased()
        return words.first { message.contains($0.words) }?.code ?? ""
    }

    private static let words: [(words: String, code: String)] = [
        ("maximum credits exceeded", "credits"), ("authorization grant is invalid", "authorization"),
        ("permission denied", "permission"), ("access forbidden", "permission"),
        ("verified sender identity", "from"), ("too many requests", "too_many_requests"),
        ("authenticated user is not authorized", "authorization"), ("under review", "account"),
        ("suspended", "account"), ("bad request", "json"), ("invalid json", "json"),
    ]
}

extension SendGridAdapter {
    /// https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors has no numbers: an error is known by its
    /// field, its indices left out. Behind them the reasons of dropped messages and the classes of bounces, as
    /// webhooks have them.
    static let codes = VendorCodes(
        kind,
        [
            (.throttled, ["too_many_requests"]),
            (
                .temporary(ProviderReason.accountRefused),
                [
                    "authorization", "permission", "credits", "account", "ip_pool_name", "asm", "asm.group_id",
                    "batch_id", "mail_settings", "tracking_settings", "recipient list over package quota",
                ]
            ),
            (
                .temporary(ProviderReason.senderRefused),
                ["from", "from.email", "from.name", "reply_to", "reply_to.email", "reply_to.name", "reply_to_list"]
            ),
            (
                .permanent(ProviderReason.invalidRecipient),
                [
                    "personalizations.to", "personalizations.to.email", "personalizations.to.name", "bounced address",
                    "invalid", "Invalid Address", "bounce",
                ]
            ),
            (
                .permanent(ProviderReason.optedOut),
                ["unsubscribed address", "spam reporting address", "group unsubscribe"]
            ),
            (
                .permanent(ProviderReason.contentRefused),
                [
                    "subject", "personalizations.subject", "content", "content.type", "content.value", "headers",
                    "personalizations.headers", "custom_args", "personalizations.custom_args", "categories",
                    "sections", "json", "spam content (if spam checker app is enabled)", "spam content",
                    "Content",
                ]
            ),
            (
                .permanent(ProviderReason.tooLarge),
                ["personalizations.substitutions", "substitutions", "attachments", "attachments.content"]
            ),
            (
                .permanent(ProviderReason.providerError),
                ["Technical", "Mailbox Unavailable", "Unclassified", "Frequency or Volume Too High", "Reputation"]
            ),
        ])
}
