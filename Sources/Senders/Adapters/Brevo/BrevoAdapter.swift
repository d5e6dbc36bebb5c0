import Crypto
import Domain

/// Brevo's transactional email: one message a request, or up to 1,000 as versions of one, each whole. Brevo evaluates
/// templates in whatever it is given, so their marks are broken up: nobody's name may become code.
struct BrevoAdapter: EmailAdapter {
    static let kind = "brevo"
    static let channels: [Channel] = [.email]
    static let settings = EmailAccount.settings + WebhookSecret.settings + ["api_key", "base_url"]

    private(set) var transport = HTTPTransport()
    let messagesPerRequest = 1000
    let account: EmailAccount
    private let key: [UInt8]
    private let url: [UInt8]
    private let webhook: BrevoCallbacks?
    let extent = BatchExtent(most: 1000, bytes: 8 << 20, shrinks: true)

    init(_ reader: inout ConfigReader) throws(ConfigError) {
        let base = try BaseURL.read(&reader, usual: "https://api.brevo.com")
        account = try EmailAccount(&reader, canTrack: false)
        key = Array(try reader.required("api_key", such: "xkeysib-…").utf8)
        webhook = try WebhookSecret(&reader).map(BrevoCallbacks.init)
        url = base.bytes + Array("/v3/smtp/email".utf8)
        transport.host = base.host
        transport.maxReply = 256 << 10
        try transport.read(&reader)
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        request.url.append(url)
        request.header("Accept", Array("application/json".utf8))
        request.header("Content-Type", Array("application/json".utf8))
        request.header("api-key", key)
        request.body.append("{\"sender\":")
        request.body.append(person: account.sender(of: source.batch) ?? account.from)
        if let replyTo = account.replyTo {
            request.body.append(",\"replyTo\":")
            request.body.append(person: replyTo)
        }
        request.body.append(
            files: MailFile.all(of: source.batch), as: "attachment", content: "content", name: "name", type: nil)
        let idempotency = uniqueID(places, of: source)
        if places.count == 1 {
            request.body.append(",")
            write(&request.body, source.batch.messages[places.lowerBound], idempotency, of: source)
        } else {
            // What a version leaves out it takes from here: nobody's text, should that ever happen.
            request.body.append(",\"subject\":\"-\",\"htmlContent\":\"<p></p>\",\"textContent\":\"-\"")
            request.body.append(",\"headers\":{\"idempotencyKey\":\"\(idempotency)\"},\"messageVersions\":[")
            for place in places {
                request.body.append(place == places.lowerBound ? "{" : ",{")
                write(&request.body, source.batch.messages[place], nil, of: source)
                request.body.append("}")
            }
            request.body.append("]")
        }
        request.body.append("}")
    }

    private func write(
        _ body: inout RawBytes, _ message: MessageBatch.Message, _ idempotency: String?, of source: RequestSource
    ) {
        body.append("\"to\":[{\"email\":")
        body.append(json: message.to, of: source)
        body.append("}],\"subject\":")
        body.append(json: Self.inert(RawBytes.line(message.subject, of: source), isHTML: false))
        if !message.rich.isEmpty {
            body.append(",\"htmlContent\":")
            body.append(json: Self.inert(source.bytes(message.rich), isHTML: true))
        }
        if !message.text.isEmpty {
            body.append(",\"textContent\":")
            body.append(json: Self.inert(source.bytes(message.text), isHTML: false))
        }
        body.append(",\"headers\":{\"X-Mailin-custom\":\"\(EmailReceipt.idName):\(message.id.rawValue)\"")
        if let unsubscribe = account.unsubscribeURL(message, of: source.batch) {
            body.append(",\"List-Unsubscribe\":")
            body.append(json: Array("<".utf8) + unsubscribe + Array(">".utf8))
            body.append(",\"List-Unsubscribe-Post\":\"List-Unsubscribe=One-Click\"")
        }
        if let idempotency { body.append(",\"idempotencyKey\":\"\(idempotency)\"") }
        body.append("}")
    }

    /// Brevo wants a UUID, knows it for half an hour, and takes the same one only once.
    private func uniqueID(_ places: Range<Int>, of source: RequestSource) -> String {
        var keys: [UInt8] = []
        for place in places { keys += source.idempotencyKey(source.batch.messages[place]) + [0] }
        var bytes = Array(Digest.sha256(keys).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = String(decoding: Hex.encode(bytes), as: UTF8.self)
        var text = ""
        for (place, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(place) { text.append("-") }
            text.append(digit)
        }
        return text
    }

    /// `{{`, `{%` and `{#` begin something in Brevo's template language.
    static func inert(_ text: [UInt8], isHTML: Bool) -> [UInt8] {
        let brace = UInt8(ascii: "{")
        guard text.contains(brace) else { return text }
        var out: [UInt8] = []
        out.reserveCapacity(text.count + 16)
        for (index, byte) in text.enumerated() {
            let next = index + 1 < text.count ? text[index + 1] : 0
            let opens = next == brace || next == UInt8(ascii: "%") || next == UInt8(ascii: "#")
            if byte != brace || !opens {
                out.append(byte)
            } else if isHTML {
                out += Array("&#123;".utf8)
            } else {
                out += [brace, 0x20]
            }
        }
        return out
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        let json = reply.json
        if (200..<300).contains(reply.status) {
            var ids = (json?["messageIds"]?.arrayValue ?? []).map { $0.stringValue ?? "" }
            if places.count == 1, let id = json?["messageId"]?.stringValue { ids = [id] }
            guard ids.count == places.count else {
                return Array(repeating: Self.codes.unclear(reply.status), count: places.count)
            }
            let status = reply.status
            return ids.map { Self.codes.accepted(EmailReceipt.bare($0), status: status) }
        }
        let code = Self.code(json?["code"]?.stringValue ?? "", json?["message"]?.stringValue ?? "")
        var outcome = Self.codes.refusal(reply, code: code)
        if reply.status == 429, reply.retryAfter == nil,
            let seconds = Int64(reply.header("x-sib-ratelimit-reset") ?? "")
        {
            outcome = .throttled(after: .seconds(min(max(seconds, 1), 3600)))
        }
        // One bad address and nothing of the request is taken; Brevo does not say which it was.
        if places.count > 1, reply.status == 400, outcome.kind == .permanent {
            let reason = ProviderReason.text(ProviderReason.providerError, Self.kind, "400 for one of the request")
            return Array(repeating: .temporary(reason: reason), count: places.count)
        }
        return Array(repeating: outcome, count: places.count)
    }

    var callbacks: (any CallbackReader)? { webhook }
}
