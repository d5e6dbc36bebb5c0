import Domain

/// A vendor's error codes and what each means for the message. What stands in no table goes by the HTTP status.
struct VendorCodes: Sendable {
    enum Meaning: Sendable {
        case throttled
        /// Nothing was sent; it may pass.
        case temporary(String)
        /// Refused for good.
        case permanent(String)
        case inDoubt
    }

    let vendor: String
    private let meanings: [String: Meaning]

    init(_ vendor: String, _ groups: [(Meaning, [String])]) {
        self.vendor = vendor
        var meanings: [String: Meaning] = [:]
        for (meaning, codes) in groups {
            for code in codes { meanings[code] = meaning }
        }
        self.meanings = meanings
    }

    var count: Int { meanings.count }

    /// The outcome of a refusal with this code; nil where the code is unknown.
    func outcome(_ code: String, retryAfter: Duration?) -> Outcome? {
        guard let meaning = meanings[code] else { return nil }
        switch meaning {
        case .throttled: return .throttled(after: retryAfter ?? .seconds(1))
        case .temporary(let word): return .temporary(reason: ProviderReason.text(word, vendor, code))
        case .permanent(let word): return .permanent(reason: ProviderReason.text(word, vendor, code))
        case .inDoubt: return .inDoubt(reason: ProviderReason.text(ProviderReason.unclearReply, vendor, code))
        }
    }

    /// The word for a code that a receipt carries; empty where the code is unknown.
    func word(_ code: String) -> String {
        switch meanings[code] {
        case .temporary(let word), .permanent(let word): word
        case .throttled: ProviderReason.rateLimited
        case .inDoubt: ProviderReason.unclearReply
        case nil: ""
        }
    }

    /// What a status says where no code does. A code that is in no table is kept in the reason, so that it can be
    /// looked up and added. 408, 500, 502 and 504 do not say whether the message was taken.
    func outcome(status: Int, code: String = "", retryAfter: Duration?) -> Outcome {
        func reason(_ word: String) -> String {
            ProviderReason.text(word, vendor, code.isEmpty ? "\(status)" : "\(status) \(code)")
        }
        switch status {
        case 429: return .throttled(after: retryAfter ?? .seconds(1))
        case 401, 402, 403, 407: return .temporary(reason: reason(ProviderReason.accountRefused))
        case 408, 500, 502, 504: return .inDoubt(reason: reason(ProviderReason.providerError))
        case 413: return .permanent(reason: reason(ProviderReason.tooLarge))
        case 409, 425, 500...599: return .temporary(reason: reason(ProviderReason.providerBusy))
        case 300..<400: return .temporary(reason: reason(ProviderReason.accountRefused))
        case 400..<500: return .permanent(reason: reason(ProviderReason.contentRefused))
        default: return .inDoubt(reason: reason(ProviderReason.unclearReply))
        }
    }

    /// A reply that is no success: by its code where the table has it, else by its status.
    func refusal(_ reply: borrowing HTTPReply, code: String) -> Outcome {
        outcome(code, retryAfter: reply.retryAfter)
            ?? outcome(status: reply.status, code: code, retryAfter: reply.retryAfter)
    }
}
