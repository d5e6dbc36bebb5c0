import Domain

/// What FCM's error object says: its own code in the details, else Google's general status.
struct FCMError {
    let code: String
    /// What it is about, where the code alone does not say.
    private let subject: Subject

    private enum Subject { case token, size, other }

    init(_ json: JSON?) {
        let error = json?["error"]
        let details = error?["details"]?.arrayValue ?? []
        let own = details.lazy.compactMap { $0["errorCode"]?.stringValue }.first
        code = own ?? error?["status"]?.stringValue ?? ""
        let violations = details.flatMap { $0["fieldViolations"]?.arrayValue ?? [] }
        let text = (error?["message"]?.stringValue ?? "").lowercased()
        if violations.contains(where: { $0["field"]?.stringValue == "message.token" })
            || text.contains("registration token")
        {
            subject = .token
        } else if text.contains("too big") || text.contains("too large") {
            subject = .size
        } else {
            subject = .other
        }
    }

    func outcome(status: Int, retryAfter: Duration?) -> Outcome {
        let codes = FCMAdapter.codes
        func reason(_ word: String) -> String { ProviderReason.text(word, codes.vendor, code) }
        switch (code, subject) {
        // Firebase asks to forget a token that is no token, as one that is gone.
        case ("INVALID_ARGUMENT", .token): return .permanent(reason: reason(ProviderReason.unregistered))
        case ("INVALID_ARGUMENT", .size): return .permanent(reason: reason(ProviderReason.tooLarge))
        // Without a Retry-After Firebase asks for a minute.
        case ("QUOTA_EXCEEDED", _), ("RESOURCE_EXHAUSTED", _): return .throttled(after: retryAfter ?? .seconds(60))
        default:
            return codes.outcome(code, retryAfter: retryAfter)
                ?? codes.outcome(status: status, code: code.isPlainCode ? code : "", retryAfter: retryAfter)
        }
    }
}

extension String {
    /// Whether an unknown code may stand in a reason: a short word, and nothing that somebody's data could be.
    var isPlainCode: Bool {
        utf8.count <= 64
            && utf8.allSatisfy { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A || $0 >= 0x30 && $0 <= 0x39 || $0 == 0x5F }
    }
}
