import Crypto
import Domain

/// Slack's events and button presses: signed with the app's secret over the time and the body (version v0).
struct SlackCallbacks: CallbackReader {
    let secret: [UInt8]

    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict {
        guard let given = callback.header("x-slack-signature"),
            let time = callback.header("x-slack-request-timestamp"), let seconds = Int64(time)
        else { return .forged("no signature") }
        guard ReplayWindow.holds(seconds, now: now) else { return .forged("old signature") }
        let mac = HMAC.sha256(key: secret, message: Array("v0:\(time):".utf8) + callback.body)
        guard ConstantTime.equal(Array("v0=".utf8) + Hex.encode(mac), Array(given.utf8)) else {
            return .forged("wrong signature")
        }
        let json = try? JSON.parse(callback.body)
        if json?["type"]?.stringValue == "url_verification", let question = json?["challenge"]?.stringValue {
            return .challenge(reply: question)
        }
        return .genuine
    }

    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        let body = callback.body.first == UInt8(ascii: "{") ? nil : FormBody(callback.body)["payload"]
        guard let json = try? body.map({ try JSON.parse($0) }) ?? JSON.parse(callback.body) else {
            throw UnreadableCallback("is no JSON")
        }
        switch json["type"]?.stringValue {
        case "event_callback": return Self.message(json["event"])
        case "block_actions": return Self.press(json)
        default: return []
        }
    }

    /// What a person wrote. Bots, ours included, and edits are no replies.
    private static func message(_ event: JSON?) -> [ReceiptEvent] {
        guard event?["type"]?.stringValue == "message", event?["bot_id"] == nil, event?["subtype"] == nil,
            let user = event?["user"]?.stringValue, let channel = event?["channel"]?.stringValue,
            let text = event?["text"]?.stringValue
        else { return [] }
        return [
            .reply(
                InboundReply(
                    from: user, to: channel, text: SlackText.unescaped(text),
                    at: event?["ts"]?.stringValue.flatMap(Self.time)))
        ]
    }

    /// A button: what it stands for is the answer.
    private static func press(_ json: JSON) -> [ReceiptEvent] {
        guard let user = json["user"]?["id"]?.stringValue, let action = json["actions"]?.arrayValue?.first,
            let value = action["value"]?.stringValue ?? action["action_id"]?.stringValue
        else { return [] }
        return [.reply(InboundReply(from: user, to: json["channel"]?["id"]?.stringValue ?? "", text: value))]
    }

    private static func time(_ text: String) -> Timestamp? {
        Int64(text.prefix { $0 != "." }).flatMap { $0 > 0 && $0 < 1 << 40 ? Timestamp(micros: $0 * 1_000_000) : nil }
    }
}
