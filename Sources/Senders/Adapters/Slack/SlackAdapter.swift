import Crypto
import Domain

/// Slack: messages by a bot to channels and people (`chat.postMessage`), or by incoming webhooks.
///
/// The text is what it is: Slack's own control characters are escaped, so that nobody's name can call a whole channel.
struct SlackAdapter: VendorAdapter {
    static let kind = "slack"
    static let channels: [Channel] = [.chat]
    static let settings = ["bot_token", "webhooks", "signing_secret", "base_url"]

    private enum Way {
        case bot(url: [UInt8], authorization: [UInt8])
        case webhooks(WebhookBook)
    }

    private(set) var transport = HTTPTransport()
    let callbacks: (any CallbackReader)?
    private let way: Way

    init(_ reader: inout ConfigReader) throws(ConfigError) {
        callbacks = try reader.plainText("signing_secret").map { SlackCallbacks(secret: Array($0.utf8)) }
        if let token = try reader.plainText("bot_token") {
            guard !reader.has("webhooks") else {
                throw ConfigError(
                    setting: "webhooks", problem: "cannot stand beside \"bot_token\": make a second provider for them")
            }
            let base = try BaseURL.read(&reader, usual: "https://slack.com/api")
            way = .bot(
                url: base.bytes + Array("/chat.postMessage".utf8), authorization: Array("Bearer \(token)".utf8))
            transport.host = base.host
        } else {
            let base = try BaseURL.read(&reader, usual: "https://hooks.slack.com")
            guard let book = try WebhookBook(&reader, base: base) else {
                throw ConfigError(setting: "bot_token", problem: "is missing: give it, or \"webhooks\"")
            }
            way = .webhooks(book)
            transport.host = book.host
        }
        try transport.read(&reader)
    }

    func refusal(_ message: MessageBatch.Message, of source: RequestSource) -> Outcome? {
        guard case .webhooks(let book) = way else { return nil }
        return book.refusal(message, of: source, vendor: Self.kind)
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        let message = source.batch.messages[places.lowerBound]
        let options = ChatOptions.of(message, source)
        request.header("Content-Type", Array("application/json; charset=utf-8".utf8))
        request.body.append("{")
        switch way {
        case .bot(let url, let authorization):
            request.url.append(url)
            request.header("Authorization", authorization)
            request.body.append(#""channel":"#)
            source.with(message.to) { request.body.append(json: $0) }
            request.body.append(",")
        case .webhooks(let book):
            request.url.append(book.url(message, of: source) ?? [])
        }
        request.body.append(#""text":"#)
        request.body.append(json: SlackText.escaped(source.bytes(message.text)))
        ChatOptions.append(options, allowed: Self.options, to: &request.body)
        request.body.append("}")
    }

    private static let options: Set<String> = [
        "attachments", "blocks", "icon_emoji", "icon_url", "metadata", "reply_broadcast", "thread_ts", "unfurl_links",
        "unfurl_media", "username",
    ]

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        switch way {
        case .bot: [readBot(reply)]
        case .webhooks: [readWebhook(reply)]
        }
    }

    /// Slack says what went wrong inside a 200.
    private func readBot(_ reply: borrowing HTTPReply) -> Outcome {
        let json = reply.json
        if reply.status == 200, json?["ok"]?.boolValue == true {
            guard let channel = json?["channel"]?.stringValue, let time = json?["ts"]?.stringValue else {
                return Self.codes.unclear(reply.status)
            }
            // A message's time names it only within its channel.
            return Self.codes.accepted("\(channel)/\(time)", status: reply.status)
        }
        let code = json?["error"]?.stringValue ?? ""
        if reply.status == 200 {
            guard json?["ok"]?.boolValue == false, !code.isEmpty, code.isPlainCode else {
                return Self.codes.unclear(reply.status)
            }
            return Self.codes.outcome(code, retryAfter: reply.retryAfter)
                ?? .permanent(reason: ProviderReason.text(ProviderReason.contentRefused, Self.kind, code))
        }
        return Self.codes.refusal(reply, code: code.isPlainCode ? code : "")
    }

    /// A webhook answers with bare words, and gives no reference.
    private func readWebhook(_ reply: borrowing HTTPReply) -> Outcome {
        let word = String(decoding: reply.body.prefix(100), as: UTF8.self).trimmedWord
        if reply.status == 200 {
            return word == "ok" ? .sent(reference: "", cost: nil) : Self.codes.unclear(reply.status)
        }
        return Self.codes.refusal(reply, code: word.isPlainCode ? word : "")
    }
}

extension String {
    /// Without spaces and line breaks around it.
    var trimmedWord: String {
        var bytes = Array(utf8)
        while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
        return String(decoding: bytes.drop { $0 <= 0x20 }, as: UTF8.self)
    }
}
