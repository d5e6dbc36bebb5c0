import Domain

/// Delivery receipts and replies of Vonage's SMS API, which come as JSON, as a form or as a query, as the account is
/// set.
///
/// A long message has a receipt for each part, all with our own id. One that says delivered makes the whole
/// delivered: the parts arrive together or the phone shows none.
struct VonageCallbacks: CallbackReader {
    let signature: VonageSignature

    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict {
        signature.verify(Self.fields(callback), now: now)
    }

    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        let fields = Dictionary(Self.fields(callback).map { ($0.name, $0.value) }) { first, _ in first }
        let at = fields["message-timestamp"].flatMap { VendorTime.text($0) }
        guard let reference = fields["messageId"], !reference.isEmpty else {
            throw UnreadableCallback("has no messageId")
        }
        guard let word = fields["status"] else {
            guard let from = fields["msisdn"], let to = fields["to"] else {
                throw UnreadableCallback("is neither a receipt nor a reply")
            }
            return [
                .reply(InboundReply(from: Self.number(from), to: Self.number(to), text: fields["text"] ?? "", at: at))
            ]
        }
        guard let state = Self.states[word] else { return [] }
        return Self.failures.events(
            ReceiptStatus(
                message: fields["client-ref"].flatMap { Int64($0) }.map(MessageID.init(rawValue:)),
                references: [reference], state: state, at: at, recipient: fields["msisdn"].map(Self.number)),
            code: fields["err-code"] ?? "")
    }

    private static let states: [String: ReceiptState] = [
        "accepted": .sent, "buffered": .sent, "delivered": .delivered, "expired": .undelivered,
        "failed": .undelivered, "rejected": .undelivered,
    ]

    static func fields(_ callback: ProviderCallback) -> [(name: String, value: String)] {
        if callback.body.isEmpty { return FormBody(query: callback.url).fields }
        guard let object = (try? JSON.parse(callback.body))?.objectValue else {
            return FormBody(callback.body).fields
        }
        return object.map { (name: $0.0, value: $0.1.stringValue ?? $0.1.numberText ?? "") }
    }

    private static func number(_ digits: String) -> String {
        let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } && digits.utf8.count > 6
        return isNumber ? "+\(digits)" : digits
    }

    /// https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts: err-code.
    static let failures = FailureCodes(
        codes: VendorCodes(
            VonageAdapter.kind,
            [
                (.temporary(ProviderReason.providerError), ["1", "5", "8", "99"]),
                (.temporary(ProviderReason.timeOut), ["2", "7"]),
                (.permanent(ProviderReason.invalidRecipient), ["3", "4", "13", "41"]),
                (.permanent(ProviderReason.contentRefused), ["6", "10", "50", "51", "52", "54"]),
                (.permanent(ProviderReason.optedOut), ["9", "53"]),
                (.permanent(ProviderReason.routeRefused), ["11", "12", "14", "15"]),
                (.permanent(ProviderReason.senderRefused), ["39", "40"]),
            ]),
        // 3: the number is no longer active; 4: barred. Vonage says of both to remove the number.
        dead: ["3", "4"], stopped: ["9"])
}
