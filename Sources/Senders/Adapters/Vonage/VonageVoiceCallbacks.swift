import Crypto
import Domain

/// Events of calls: JSON, with a signed token whose claims hold the body's hash.
///
/// https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks
struct VonageVoiceCallbacks: CallbackReader {
    let secret: [UInt8]
    let application: String
    let currency: Currency?

    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict {
        guard let header = callback.header("authorization"), header.hasPrefix("Bearer ") else {
            return .forged("no signature")
        }
        guard let claims = JSONWebToken.verified(header.dropFirst(7), secret: secret) else {
            return .forged("wrong signature")
        }
        guard let time = claims["iat"]?.intValue, ReplayWindow.holds(time, now: now) else { return .forged("too old") }
        guard claims["application_id"]?.stringValue ?? application == application else {
            return .forged("another application")
        }
        let hash = Hex.encode(Digest.sha256(callback.body))
        guard let given = claims["payload_hash"]?.stringValue, ConstantTime.equal(Array(given.utf8), hash) else {
            return .forged("another body")
        }
        return .genuine
    }

    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        guard let json = try? JSON.parse(callback.body) else { throw UnreadableCallback("is no JSON") }
        guard let reference = json["uuid"]?.stringValue, !reference.isEmpty else {
            throw UnreadableCallback("has no uuid")
        }
        guard let word = json["status"]?.stringValue, let state = Self.states[word] else { return [] }
        // The end of a call that nobody took up: what became of it was told before.
        if word == "completed", json["duration"]?.stringValue == "0" { return [] }
        var status = ReceiptStatus(
            message: FormBody(query: callback.url)["m"].flatMap { Int64($0) }.map(MessageID.init(rawValue:)),
            references: [reference], state: state, at: json["timestamp"]?.stringValue.flatMap { VendorTime.text($0) },
            recipient: json["to"]?.stringValue.map { "+\($0)" })
        if let currency, let price = json["price"]?.stringValue, let micros = PriceText.reported(Array(price.utf8)) {
            status.cost = Money(micros: micros, currency: currency)
        }
        return FailureCodes(codes: VonageVoiceAdapter.codes).events(status, code: state == .undelivered ? word : "")
    }

    /// A call that was taken up and ended has said what it had to say. `answered` comes before, and `ringing` says
    /// nothing yet.
    private static let states: [String: ReceiptState] = [
        "started": .sent, "answered": .sent, "completed": .delivered, "busy": .undelivered, "timeout": .undelivered,
        "unanswered": .undelivered, "rejected": .undelivered, "failed": .undelivered, "cancelled": .undelivered,
    ]
}
