import Domain

/// Microsoft Teams by webhooks: those of Power Automate workflows, and the older connectors. The text goes as an
/// adaptive card, line by line, in the one element that reads no Markdown.
struct TeamsAdapter: VendorAdapter {
    static let kind = "teams"
    static let channels: [Channel] = [.chat]
    static let settings = ["webhooks", "base_url"]

    private(set) var transport = HTTPTransport()
    private let book: WebhookBook

    init(_ reader: inout ConfigReader) throws(ConfigError) {
        // Each organisation has a host of its own, so the first webhook says which.
        let base = reader.has("base_url") ? try BaseURL.read(&reader, usual: "") : nil
        guard let book = try WebhookBook(&reader, base: base) else {
            throw ConfigError(
                setting: reader.place("webhooks"), problem: #"is missing: give it, such as {"ops": "https://…"}"#)
        }
        self.book = book
        transport.host = book.host
        try transport.read(&reader)
    }

    func refusal(_ message: MessageBatch.Message, of source: RequestSource) -> Outcome? {
        book.refusal(message, of: source, vendor: Self.kind)
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        let message = source.batch.messages[places.lowerBound]
        request.url.append(book.url(message, of: source) ?? [])
        request.header("Content-Type", Array("application/json".utf8))
        request.body.append(
            #"{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","#
                + #""contentUrl":null,"content":"#)
        if let card = ChatOptions.of(message, source)?["card"], card.objectValue != nil {
            request.body.append(card.text)
        } else {
            TeamsCard.append(source.bytes(message.text), to: &request.body)
        }
        request.body.append("}]}")
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        let text = String(decoding: reply.body.prefix(500), as: UTF8.self).trimmedWord
        switch reply.status {
        // A workflow has begun. The run's id is the one reference there is.
        case 202:
            guard let run = reply.header("x-ms-workflow-run-id") else { return [.sent(reference: "", cost: nil)] }
            return [Self.codes.accepted(run, status: reply.status)]
        case 200 where text == "1": return [.sent(reference: "", cost: nil)]
        case 200:
            guard let inner = Self.innerStatus(text) else { return [Self.codes.unclear(reply.status)] }
            return [
                Self.codes.outcome("\(inner)", retryAfter: reply.retryAfter)
                    ?? Self.codes.outcome(status: inner, retryAfter: reply.retryAfter)
            ]
        default:
            let code = reply.json?["error"]?["code"]?.stringValue ?? ""
            return [
                Self.codes.outcome(code, retryAfter: reply.retryAfter)
                    ?? Self.codes.refusal(reply, code: "\(reply.status)")
            ]
        }
    }

    /// A connector says 200 and, in words, that Teams itself refused: "… returned HTTP error 429 with ContextId …".
    private static func innerStatus(_ text: String) -> Int? {
        guard text.hasPrefix("Webhook message delivery failed"), let mark = text.firstRange(of: "HTTP error ") else {
            return nil
        }
        return Int(text[mark.upperBound...].prefix { $0.isASCII && $0.isNumber })
    }
}
