import Crypto
import Domain

/// Discord by webhooks. Nobody is called by name: a text may hold `@everyone`, and mentions are switched off.
struct DiscordAdapter: VendorAdapter {
    static let kind = "discord"
    static let channels: [Channel] = [.chat]
    static let settings = ["webhooks", "public_key", "base_url"]

    private(set) var transport = HTTPTransport()
    let callbacks: (any CallbackReader)?
    private let book: WebhookBook

    init(_ reader: inout ConfigReader) throws(ConfigError) {
        let base = try BaseURL.read(&reader, usual: "https://discord.com")
        guard let book = try WebhookBook(&reader, base: base) else {
            throw ConfigError(
                setting: reader.place("webhooks"), problem: #"is missing: give it, such as {"ops": "https://…"}"#)
        }
        self.book = book
        callbacks = try Self.publicKey(&reader).map { DiscordCallbacks(key: $0) }
        transport.host = book.host
        try transport.read(&reader)
    }

    private static func publicKey(_ reader: inout ConfigReader) throws(ConfigError) -> VerifyingKey? {
        guard let text = try reader.text("public_key") else { return nil }
        guard let bytes = Hex.decode(Array(text.utf8)), let key = try? VerifyingKey(rawEd25519: bytes) else {
            throw ConfigError(
                setting: reader.place("public_key"), problem: "must be the application's public key, 64 hex digits")
        }
        return key
    }

    func refusal(_ message: MessageBatch.Message, of source: RequestSource) -> Outcome? {
        book.refusal(message, of: source, vendor: Self.kind)
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        let message = source.batch.messages[places.lowerBound]
        let url = book.url(message, of: source) ?? []
        request.url.append(url)
        // Without it Discord answers before it has tried, and gives no id.
        request.url.append(url.contains(UInt8(ascii: "?")) ? "&wait=true" : "?wait=true")
        request.header("Content-Type", Array("application/json".utf8))
        request.body.append(#"{"content":"#)
        source.with(message.text) { request.body.append(json: $0) }
        request.body.append(#","allowed_mentions":{"parse":[]}"#)
        ChatOptions.append(ChatOptions.of(message, source), allowed: Self.options, to: &request.body)
        request.body.append("}")
    }

    private static let options: Set<String> = [
        "applied_tags", "avatar_url", "components", "embeds", "flags", "poll", "thread_name", "tts", "username",
    ]

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        let json = reply.json
        if reply.status == 200 { return [Self.codes.accepted(json?["id"]?.stringValue, status: reply.status)] }
        if reply.status == 429 {
            // In the body it is exact, in the header rounded to seconds.
            let wait = json?["retry_after"]?.doubleValue.flatMap { $0 > 0 && $0 <= 86_400 ? Duration.seconds($0) : nil }
            return [.throttled(after: wait ?? reply.retryAfter ?? .seconds(1))]
        }
        return [Self.codes.refusal(reply, code: json?["code"]?.numberText ?? "")]
    }
}
