import Domain

/// Receipts of Kannel, at the address that we gave with the message, and replies, at one that an operator writes into
/// the `sms-service`: `get-url = "https://herald.example/v1/callbacks/NAME?key=SECRET&from=%p&to=%P&text=%b"`.
struct KannelCallbacks: CallbackReader {
    let secret: KannelSecret

    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict {
        let query = FormBody(query: callback.url)
        if let id = query["m"] {
            return secret.isKey(query["k"] ?? "", for: id) ? .genuine : .forged("wrong key")
        }
        return secret.isSecret(query["key"] ?? "") ? .genuine : .forged("wrong key")
    }

    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        let query = FormBody(query: callback.url)
        guard let id = query["m"] else {
            guard let from = query["from"], let to = query["to"], let text = query["text"] else {
                throw UnreadableCallback("is neither a receipt nor a reply")
            }
            return [.reply(InboundReply(from: from, to: to, text: text))]
        }
        guard let number = Int64(id) else { throw UnreadableCallback("has no message number") }
        guard let word = query["d"], let state = Self.states[word] else { return [] }
        let isFailure = state == .undelivered || state == .failed
        return [
            .status(
                ReceiptStatus(
                    message: MessageID(rawValue: number), references: [id], state: state,
                    reason: isFailure ? Self.reason(query["a"] ?? "") : "",
                    at: query["t"].flatMap { VendorTime.seconds($0) }))
        ]
    }

    /// The values of `%d`.
    private static let states: [String: ReceiptState] = [
        "1": .delivered, "2": .undelivered, "4": .sent, "8": .sent, "16": .failed,
    ]

    /// From what the SMSC said, its error alone: the rest of a receipt begins with the text that was sent. Such as
    /// `err:012` of `id:1 sub:001 … err:012 text:…`, and `NACK/11/Invalid Destination Address`.
    private static func reason(_ answer: String) -> String {
        let words = answer.split(separator: " ")
        let error = words.first { $0.hasPrefix("err:") }?.dropFirst(4)
        let refusal = answer.hasPrefix("NACK/") ? answer.dropFirst(5).prefix { $0 != "/" } : nil
        let code = (error ?? refusal ?? "").prefix(10).filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return ProviderReason.text(ProviderReason.providerError, KannelAdapter.kind, code.isEmpty ? "?" : code)
    }
}
