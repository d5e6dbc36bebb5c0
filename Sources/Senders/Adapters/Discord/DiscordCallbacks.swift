import Crypto
import Domain

/// Discord's interactions: signed with the application's Ed25519 key over the time and the body.
struct DiscordCallbacks: CallbackReader {
    let key: VerifyingKey

    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict {
        guard let given = callback.header("x-signature-ed25519"), let time = callback.header("x-signature-timestamp"),
            let seconds = Int64(time), let signature = Hex.decode(Array(given.utf8))
        else { return .forged("no signature") }
        guard ReplayWindow.holds(seconds, now: now) else { return .forged("old signature") }
        guard key.verifyEd25519(signature, of: Array(time.utf8) + callback.body) else {
            return .forged("wrong signature")
        }
        // An interaction of type 1 asks only whether we are there.
        let json = try? JSON.parse(callback.body)
        if json?["type"]?.intValue == 1, json?["event"] == nil { return .challenge(reply: #"{"type":1}"#) }
        return .genuine
    }

    /// A button stands for its id, a command for its name: what the person answered.
    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        guard let json = try? JSON.parse(callback.body) else { throw UnreadableCallback("is no JSON") }
        let user = json["member"]?["user"]?["id"]?.stringValue ?? json["user"]?["id"]?.stringValue
        let data = json["data"]
        guard let user, let text = data?["custom_id"]?.stringValue ?? data?["name"]?.stringValue else { return [] }
        return [.reply(InboundReply(from: user, to: json["channel_id"]?.stringValue ?? "", text: text))]
    }
}
