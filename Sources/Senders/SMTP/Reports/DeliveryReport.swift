import Domain

/// What a delivery status notification (RFC 3464) says of one recipient.
struct DeliveryReport: Sendable {
    /// As the server writes it: `failed`, `delayed`, `delivered`, `relayed`, `expanded`.
    private let action: String
    /// RFC 3463: `5.1.1`; empty where there is none.
    private let status: String
    private let diagnostic: String
    let recipient: String

    private static let most = 50

    /// One for each recipient that a `message/delivery-status` speaks of.
    static func all(in content: [UInt8]) -> [DeliveryReport] {
        var rest = content[...]
        var reports: [DeliveryReport] = []
        while !rest.isEmpty, reports.count < most {
            let group = MailFields(&rest)
            // The group without an action is about the mail as a whole.
            if !group["action"].isEmpty { reports.append(DeliveryReport(group)) }
        }
        return reports
    }

    private init(_ group: MailFields) {
        action = group["action"].prefix { $0 != " " && $0 != ";" }.lowercased()
        diagnostic = Self.typed(group["diagnostic-code"])
        let said = group["status"].prefix { $0 != " " && $0 != "(" }
        status = BounceJudgement.enhancedCode(String(said))
        let original = Self.typed(group["original-recipient"])
        recipient = original.isEmpty ? Self.typed(group["final-recipient"]) : original
    }

    /// `smtp; 550 No such user` -> `550 No such user`.
    private static func typed(_ value: String) -> String {
        guard let semicolon = value.firstIndex(of: ";") else { return value }
        return String(value[value.index(after: semicolon)...].drop { $0 == " " || $0 == "\t" })
    }

    /// Nil where nothing is decided yet.
    var state: ReceiptState? {
        switch action {
        case "failed": BounceJudgement.state(isHard: isHard, status: precise, words: diagnostic)
        case "delivered": .delivered
        // Further on its way, to servers that tell no more.
        case "relayed", "expanded": .sent
        default: nil
        }
    }

    private var isHard: Bool { !precise.hasPrefix("4.") && reply.code >= 500 }

    /// Servers that tell no more than "failed" often have it in the words.
    private var precise: String {
        guard status.isEmpty || status.hasSuffix(".0.0") else { return status }
        let told = BounceJudgement.enhancedCode(diagnostic)
        return told.isEmpty ? status : told
    }

    /// In the words that the same refusal has where it comes at once.
    var reason: String {
        guard action == "failed" else { return "" }
        switch SMTPMeaning().outcome(SMTPEnd.refused(reply, at: .recipient)) {
        case .throttled: return "\(ProviderReason.rateLimited) (smtp \(reply.codes))"
        case let outcome: return outcome.reason
        }
    }

    private var reply: SMTPReply {
        let code = diagnostic.prefix(3)
        let told = code.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } ? Int(code) ?? 0 : 0
        let usual = status.hasPrefix("4.") ? 450 : 550
        let words = told == 0 ? diagnostic : String(diagnostic.dropFirst(3).drop { $0 == " " || $0 == "-" })
        let text = words.hasPrefix(precise) ? words : "\(precise) \(words)"
        return SMTPReply(code: 400..<600 ~= told ? told : usual, text: Array(text.utf8))
    }
}
