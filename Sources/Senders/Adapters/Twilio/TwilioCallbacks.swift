import Crypto
import Domain

/// Twilio's callbacks: a form, signed with the account's token over the URL and the sorted fields.
struct TwilioCallbacks: CallbackReader {
    let token: String

    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict {
        guard let given = callback.header("x-twilio-signature") else { return .forged("no signature") }
        var signed = callback.url
        for (name, value) in FormBody(callback.body).fields.sorted(by: { ($0.name, $0.value) < ($1.name, $1.value) }) {
            signed += name + value
        }
        let mac = Base64.encode(HMAC.sha1(key: Array(token.utf8), message: Array(signed.utf8)))
        return ConstantTime.equal(mac, Array(given.utf8)) ? .genuine : .forged("wrong signature")
    }

    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        let form = FormBody(callback.body)
        guard let reference = form["MessageSid"] ?? form["SmsSid"] ?? form["CallSid"] else {
            throw UnreadableCallback("has neither MessageSid nor CallSid")
        }
        guard let word = form["MessageStatus"] ?? form["SmsStatus"] ?? form["CallStatus"] else { return [] }
        if word == "received" {
            return [
                .reply(
                    InboundReply(
                        from: Self.bare(form["From"] ?? ""), to: Self.bare(form["To"] ?? ""), text: form["Body"] ?? ""))
            ]
        }
        guard let state = Self.states[word] else { return [] }
        let code = form["ErrorCode"] ?? ""
        return [
            .status(
                ReceiptStatus(
                    message: FormBody(query: callback.url)["m"].flatMap { Int64($0) }.map(MessageID.init(rawValue:)),
                    references: [reference], state: state,
                    reason: code.isEmpty
                        ? "" : ProviderReason.text(TwilioAdapter.codes.word(code), TwilioAdapter.kind, code),
                    recipient: form["To"].map(Self.bare)))
        ]
    }

    private static let states: [String: ReceiptState] = [
        "sent": .sent, "delivered": .delivered, "read": .opened, "undelivered": .undelivered, "failed": .failed,
        "completed": .delivered, "busy": .undelivered, "no-answer": .undelivered, "canceled": .failed,
    ]

    private static func bare(_ address: String) -> String {
        address.hasPrefix("whatsapp:") ? String(address.dropFirst(9)) : address
    }
}
