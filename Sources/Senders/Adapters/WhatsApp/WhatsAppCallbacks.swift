import Crypto
import Domain

/// Meta's webhooks: statuses of messages, what people wrote, and what they chose about marketing.
///
/// https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples
struct WhatsAppCallbacks: CallbackReader {
    let secret: [UInt8]
    let verifyToken: String?
    /// An app's webhook tells of all numbers of the business: others belong to other accounts here.
    let phoneNumber: String
    /// In which Meta bills; where it is set, a message that was free is told as such.
    let currency: Currency?

    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict {
        if callback.method == "GET" { return answer(FormBody(query: callback.url)) }
        guard let given = callback.header("x-hub-signature-256"), given.hasPrefix("sha256=") else {
            return .forged("no signature")
        }
        let mac = Hex.encode(HMAC.sha256(key: secret, message: callback.body))
        return ConstantTime.equal(Array(given.dropFirst(7).utf8), mac) ? .genuine : .forged("wrong signature")
    }

    /// The question that Meta asks when the address is entered. Only a plain word is given back: the answer is
    /// anybody's who knows the token, and must be no page.
    private func answer(_ query: FormBody) -> CallbackVerdict {
        guard let verifyToken, query["hub.mode"] == "subscribe", let given = query["hub.verify_token"],
            ConstantTime.equal(given, verifyToken)
        else { return .forged("wrong token") }
        guard let challenge = query["hub.challenge"], !challenge.isEmpty, challenge.utf8.count <= 128,
            challenge.utf8.allSatisfy({
                $0 >= 0x30 && $0 <= 0x39 || $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A || $0 == 0x2D || $0 == 0x5F
            })
        else { return .forged("odd question") }
        return .challenge(reply: challenge)
    }

    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        guard let entries = (try? JSON.parse(callback.body))?["entry"]?.arrayValue else {
            throw UnreadableCallback("has no entries")
        }
        return entries.flatMap { $0["changes"]?.arrayValue ?? [] }.flatMap { change -> [ReceiptEvent] in
            guard let value = change["value"], value["metadata"]?["phone_number_id"]?.stringValue == phoneNumber else {
                return []
            }
            let own = value["metadata"]?["display_phone_number"]?.stringValue ?? ""
            return (value["statuses"]?.arrayValue ?? []).flatMap { status($0) }
                + (value["messages"]?.arrayValue ?? []).compactMap { reply($0, to: Self.number(own)) }
                + (value["user_preferences"]?.arrayValue ?? []).compactMap { preference($0) }
        }
    }

    private func status(_ json: JSON) -> [ReceiptEvent] {
        guard let reference = json["id"]?.stringValue, let word = json["status"]?.stringValue,
            let state = Self.states[word]
        else { return [] }
        var status = ReceiptStatus(
            message: json["biz_opaque_callback_data"]?.stringValue.flatMap { Int64($0) }.map(MessageID.init(rawValue:)),
            references: [reference], state: state, at: Self.time(json["timestamp"]),
            recipient: json["recipient_id"]?.stringValue.map(Self.number))
        if let currency, json["pricing"]?["billable"]?.boolValue == false {
            status.cost = Money(micros: 0, currency: currency)
        }
        let code = json["errors"]?.arrayValue?.first?["code"]?.numberText ?? ""
        return WhatsAppAdapter.failures.events(status, code: code)
    }

    private static let states: [String: ReceiptState] = [
        "sent": .sent, "delivered": .delivered, "read": .opened, "played": .opened, "failed": .failed,
    ]

    private func reply(_ json: JSON, to: String) -> ReceiptEvent? {
        guard let from = json["from"]?.stringValue else { return nil }
        let interactive = json["interactive"]
        let text =
            json["text"]?["body"]?.stringValue ?? json["button"]?["text"]?.stringValue
            ?? interactive?["button_reply"]?["title"]?.stringValue ?? interactive?["list_reply"]?["title"]?.stringValue
        return .reply(InboundReply(from: Self.number(from), to: to, text: text ?? "", at: Self.time(json["timestamp"])))
    }

    /// What somebody chose with WhatsApp's own button. To take it back is left to the person's word to us.
    private func preference(_ json: JSON) -> ReceiptEvent? {
        guard json["category"]?.stringValue == "marketing_messages", json["value"]?.stringValue == "stop",
            let person = json["wa_id"]?.stringValue
        else { return nil }
        return .status(
            ReceiptStatus(
                state: .unsubscribed,
                reason: ProviderReason.text(ProviderReason.optedOut, WhatsAppAdapter.kind, "stop"),
                at: Self.time(json["timestamp"]), recipient: Self.number(person)))
    }

    private static func number(_ text: String) -> String {
        let digits = text.filter { $0.isASCII && $0.isNumber }
        return digits.isEmpty ? text : "+\(digits)"
    }

    private static func time(_ json: JSON?) -> Timestamp? {
        (json?.stringValue ?? json?.numberText).flatMap { VendorTime.seconds($0) }
    }
}
