import Crypto
import Domain

/// Status reports (in the query of a GET) and replies of MessageBird, with a signed token over the URL and the body.
///
/// https://developers.messagebird.com/api/#verifying-http-requests
struct MessageBirdCallbacks: CallbackReader {
    let key: [UInt8]
    /// What clocks may differ by.
    private static let leeway: Int64 = 1

    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict {
        guard let token = callback.header("messagebird-signature-jwt") else { return .forged("no signature") }
        guard let claims = JSONWebToken.verified(token, secret: key) else { return .forged("wrong signature") }
        guard claims["iss"]?.stringValue == "MessageBird" else { return .forged("not of MessageBird") }
        let seconds = now.micros / 1_000_000
        guard let start = claims["nbf"]?.intValue, let end = claims["exp"]?.intValue,
            start <= seconds + Self.leeway, end > seconds - Self.leeway, ReplayWindow.holds(start, now: now)
        else { return .forged("too old") }
        guard let hash = claims["url_hash"]?.stringValue, Self.isHash(hash, of: Array(callback.url.utf8)) else {
            return .forged("another URL")
        }
        // A body that nobody signed is as bad as a signed one that is not there.
        switch (claims["payload_hash"]?.stringValue, callback.body.isEmpty) {
        case (nil, true): return .genuine
        case (let hash?, false): return Self.isHash(hash, of: callback.body) ? .genuine : .forged("another body")
        case (_?, true), (nil, false): return .forged("another body")
        }
    }

    private static func isHash(_ text: String, of bytes: [UInt8]) -> Bool {
        ConstantTime.equal(Array(text.utf8), Hex.encode(Digest.sha256(bytes)))
    }

    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        let fields = fields(callback)
        guard let reference = fields["id"], !reference.isEmpty else { throw UnreadableCallback("has no id") }
        let number = { (text: String) in text.hasPrefix("+") ? text : "+\(text)" }
        guard let word = fields["status"] else {
            guard let from = fields["originator"], let to = fields["recipient"], let text = fields["body"] else {
                throw UnreadableCallback("is neither a status report nor a reply")
            }
            let at = fields["createdDatetime"].flatMap { VendorTime.text($0) }
            return [.reply(InboundReply(from: number(from), to: number(to), text: text, at: at))]
        }
        guard let state = Self.states[word] else { return [] }
        var status = ReceiptStatus(
            message: fields["reference"].flatMap { Int64($0) }.map(MessageID.init(rawValue:)),
            references: [reference], state: state,
            at: fields["statusDatetime"].flatMap { VendorTime.text($0) },
            recipient: fields["recipient"].map(number))
        if let amount = fields["price[amount]"], let micros = PriceText.reported(Array(amount.utf8)),
            let code = fields["price[currency]"], !code.isEmpty
        {
            status.setCost(micros, in: code)
        }
        return Self.failures.events(status, code: fields["statusErrorCode"] ?? "")
    }

    private func fields(_ callback: ProviderCallback) -> [String: String] {
        if let object = (try? JSON.parse(callback.body))?.objectValue {
            return Dictionary(object.map { ($0.0, $0.1.stringValue ?? $0.1.numberText ?? "") }) { first, _ in first }
        }
        let form = callback.body.isEmpty ? FormBody(query: callback.url) : FormBody(callback.body)
        return Dictionary(form.fields.map { ($0.name, $0.value) }) { first, _ in first }
    }

    private static let states: [String: ReceiptState] = [
        "sent": .sent, "buffered": .sent, "delivered": .delivered, "expired": .undelivered,
        "delivery_failed": .undelivered,
    ]

    /// https://docs.bird.com/api/channels-api/message-status-and-interactions/message-failure-sources/sms-platform-extended-error-codes
    static let failures = FailureCodes(
        codes: VendorCodes(
            MessageBirdAdapter.kind,
            [
                (
                    .permanent(ProviderReason.invalidRecipient),
                    ["1", "2", "3", "5", "9", "10", "11", "12", "13", "20", "21", "22", "23", "28", "30"]
                ),
                (.temporary(ProviderReason.timeOut), ["6", "7", "8", "26", "27", "31", "33", "40", "41", "45", "46"]),
                (
                    .temporary(ProviderReason.providerError),
                    ["4", "32", "34", "35", "36", "37", "38", "39", "42", "43", "44", "71", "72"]
                ),
                (.permanent(ProviderReason.routeRefused), ["101", "102", "111"]),
                (.permanent(ProviderReason.optedOut), ["103"]),
                (.permanent(ProviderReason.senderRefused), ["104"]),
                (.permanent(ProviderReason.contentRefused), ["105", "110"]),
                (.temporary(ProviderReason.rateLimited), ["106", "107", "108", "109"]),
            ]),
        // An unknown subscriber; whoever has none of the services may have it tomorrow.
        dead: ["1", "5", "9"], stopped: ["103"])
}
