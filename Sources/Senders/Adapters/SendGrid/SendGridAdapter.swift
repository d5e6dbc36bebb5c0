import Domain

/// SendGrid's v3 Mail Send: up to 1,000 messages a request, one personalization each. Where their texts differ, the
/// body is one substitution tag and each personalization brings its own text, as long as that stays within SendGrid's
/// 10,000 bytes.
struct SendGridAdapter: EmailAdapter {
    static let kind = "sendgrid"
    static let channels: [Channel] = [.email]
    static let settings = EmailAccount.settings + ["tracking", "api_key", "webhook_key", "base_url"]

    private(set) var transport = HTTPTransport()
    let messagesPerRequest = 1000
    let account: EmailAccount
    private let authorization: [UInt8]
    private let url: [UInt8]
    private let webhook: SendGridCallbacks?
    let extent = BatchExtent(most: 1000, bytes: 15 << 20, shrinks: true)

    /// "The total collective size of your substitutions may not exceed 10,000 bytes per personalization object."
    private static let substitutionBytes = 10_000
    private static let textTag = "-herald_text-"
    private static let htmlTag = "-herald_html-"

    init(_ reader: inout ConfigReader) throws(ConfigError) {
        let base = try BaseURL.read(&reader, usual: "https://api.sendgrid.com")
        account = try EmailAccount(&reader, canTrack: true)
        authorization = Array("Bearer \(try reader.required("api_key", such: "SG.abc.def"))".utf8)
        webhook = try SendGridCallbacks(&reader)
        url = base.bytes + Array("/v3/mail/send".utf8)
        transport.host = base.host
        try transport.read(&reader)
    }

    func extent(from first: Int, of source: RequestSource) -> Int {
        let one = source.batch.messages[first]
        let tags = Self.textTag.utf8.count + Self.htmlTag.utf8.count
        let same = extent.count(from: first, of: source) { Self.isSameText($0, one, of: source) }
        let short = extent.count(from: first, of: source) {
            $0.text.count + $0.rich.count + tags <= Self.substitutionBytes
        }
        let isShort = one.text.count + one.rich.count + tags <= Self.substitutionBytes
        return isShort ? max(same, short) : same
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        let messages = source.batch.messages[places]
        guard let first = messages.first else { return }
        request.url.append(url)
        request.header("Authorization", authorization)
        request.header("Content-Type", Array("application/json".utf8))
        let isShared = messages.allSatisfy { Self.isSameText($0, first, of: source) }
        request.body.append("{\"personalizations\":[")
        for (index, message) in messages.enumerated() {
            if index > 0 { request.body.append(",") }
            write(&request.body, message, isShared: isShared, of: source)
        }
        request.body.append("],\"from\":")
        request.body.append(person: account.sender(of: source.batch) ?? account.from)
        if let replyTo = account.replyTo {
            request.body.append(",\"reply_to\":")
            request.body.append(person: replyTo)
        }
        request.body.append(",\"content\":[")
        if !first.text.isEmpty {
            request.body.append("{\"type\":\"text/plain\",\"value\":")
            if isShared {
                request.body.append(json: first.text, of: source)
            } else {
                request.body.append(json: Self.textTag)
            }
            request.body.append(first.rich.isEmpty ? "}" : "},")
        }
        if !first.rich.isEmpty {
            request.body.append("{\"type\":\"text/html\",\"value\":")
            if isShared {
                request.body.append(json: first.rich, of: source)
            } else {
                request.body.append(json: Self.htmlTag)
            }
            request.body.append("}")
        }
        request.body.append("]")
        request.body.append(
            files: MailFile.all(of: source.batch), as: "attachments", content: "content", name: "filename",
            type: "type", more: ",\"disposition\":\"attachment\"")
        let on = account.isTracked ? "true" : "false"
        request.body.append(",\"tracking_settings\":{\"click_tracking\":{\"enable\":\(on),\"enable_text\":false}")
        request.body.append(",\"open_tracking\":{\"enable\":\(on)},\"subscription_tracking\":{\"enable\":false}}}")
    }

    private func write(
        _ body: inout RawBytes, _ message: MessageBatch.Message, isShared: Bool, of source: RequestSource
    ) {
        body.append("{\"to\":[{\"email\":")
        body.append(json: message.to, of: source)
        body.append("}],\"subject\":")
        body.append(subject: message.subject, of: source)
        if let unsubscribe = account.unsubscribeURL(message, of: source.batch) {
            body.append(",\"headers\":{\"List-Unsubscribe\":")
            body.append(json: Array("<".utf8) + unsubscribe + Array(">".utf8))
            body.append(",\"List-Unsubscribe-Post\":\"List-Unsubscribe=One-Click\"}")
        }
        body.append(",\"custom_args\":{\"\(EmailReceipt.idName)\":")
        body.appendQuotedID(message.id)
        body.append("}")
        if !isShared {
            body.append(",\"substitutions\":{")
            if !message.text.isEmpty {
                body.append("\"\(Self.textTag)\":")
                body.append(json: message.text, of: source)
            }
            if !message.rich.isEmpty {
                body.append(message.text.isEmpty ? "\"\(Self.htmlTag)\":" : ",\"\(Self.htmlTag)\":")
                body.append(json: message.rich, of: source)
            }
            body.append("}")
        }
        body.append("}")
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        if reply.status == 202 {
            // One reference for all of a request: receipts find their message by our own id.
            let outcome = Self.codes.accepted(reply.header("X-Message-Id"), status: reply.status)
            return Array(repeating: outcome, count: places.count)
        }
        return SendGridErrors(reply).outcomes(reply, count: places.count)
    }

    var callbacks: (any CallbackReader)? { webhook }

    private static func isSameText(
        _ one: MessageBatch.Message, _ other: MessageBatch.Message, of source: RequestSource
    ) -> Bool {
        func isSame(_ a: FieldRange, _ b: FieldRange) -> Bool {
            a == b || a.count == b.count && source.batch.bytes[a.range] == source.batch.bytes[b.range]
        }
        return isSame(one.text, other.text) && isSame(one.rich, other.rich)
    }
}
