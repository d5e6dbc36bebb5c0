import Crypto
import Domain

/// Mailgun's messages API: up to 1,000 messages a request. Each person's whole subject, text and HTML are recipient
/// variables of that person, so that Mailgun sends everybody a message of their own.
struct MailgunAdapter: VendorAdapter {
    static let kind = "mailgun"
    static let channels: [Channel] = [.email]
    static let settings = EmailAccount.settings + ["tracking", "api_key", "domain", "webhook_signing_key", "base_url"]

    private(set) var transport = HTTPTransport()
    let messagesPerRequest = 1000
    private let account: EmailAccount
    private let authorization: [UInt8]
    private let url: [UInt8]
    private let webhook: MailgunCallbacks?
    /// Mailgun takes 25 MB; a form writes a byte as three.
    private let extent = BatchExtent(most: 1000, bytes: 6 << 20, shrinks: true)

    init(_ reader: inout ConfigReader) throws(ConfigError) {
        // Accounts in the EU: https://api.eu.mailgun.net
        let base = try BaseURL.read(&reader, usual: "https://api.mailgun.net")
        account = try EmailAccount(&reader, canTrack: true)
        let domain = try reader.required("domain", such: "mg.acme.example")
        // Mailgun answers a wrong path with 200 and nothing done.
        guard
            domain.utf8.allSatisfy({
                $0 == 0x2D || $0 == 0x2E || $0 >= 0x30 && $0 <= 0x39 || $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A
            })
        else { throw ConfigError(setting: reader.place("domain"), problem: "must be a domain such as mg.acme.example") }
        let key = try reader.required("api_key")
        authorization = Array("Basic ".utf8) + Base64.encode(Array("api:\(key)".utf8))
        webhook = try reader.plainText("webhook_signing_key").map { MailgunCallbacks(key: Array($0.utf8)) }
        url = base.bytes + Array("/v3/\(domain)/messages".utf8)
        transport.host = base.host
        try transport.read(&reader)
    }

    func extent(from first: Int, of source: RequestSource) -> Int { extent.count(from: first, of: source) }

    func refusal(_ message: MessageBatch.Message, of source: RequestSource) -> Outcome? {
        account.refusal(message, of: source)
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        request.url.append(url)
        request.header("Authorization", authorization)
        request.header("Content-Type", Array("application/x-www-form-urlencoded".utf8))
        request.body.append(form: "from", (account.sender(of: source.batch) ?? account.from).headerText)
        for place in places {
            source.with(source.batch.messages[place].to) { request.body.append(form: "to", $0) }
        }
        if places.count == 1 {
            writeContent(&request.body, source.batch.messages[places.lowerBound], of: source)
        } else {
            writeVariables(&request.body, places, of: source)
        }
        if let replyTo = account.replyTo { request.body.append(form: "h:Reply-To", replyTo.headerText) }
        let isTracked = Array((account.isTracked ? "yes" : "no").utf8)
        request.body.append(form: "o:tracking", isTracked)
        request.body.append(form: "o:tracking-clicks", isTracked)
        request.body.append(form: "o:tracking-opens", isTracked)
    }

    private func writeContent(_ body: inout RawBytes, _ message: MessageBatch.Message, of source: RequestSource) {
        body.append(form: "subject", RawBytes.line(message.subject, of: source))
        if !message.text.isEmpty { source.with(message.text) { body.append(form: "text", $0) } }
        if !message.rich.isEmpty { source.with(message.rich) { body.append(form: "html", $0) } }
        if let unsubscribe = account.unsubscribeURL(message, of: source.batch) {
            writeUnsubscribe(&body, unsubscribe)
        }
        body.append(form: "v:herald_id", Array(String(message.id.rawValue).utf8))
    }

    private func writeVariables(_ body: inout RawBytes, _ places: Range<Int>, of source: RequestSource) {
        let first = source.batch.messages[places.lowerBound]
        body.append(form: "subject", Array("%recipient.subject%".utf8))
        if !first.text.isEmpty { body.append(form: "text", Array("%recipient.text%".utf8)) }
        if !first.rich.isEmpty { body.append(form: "html", Array("%recipient.html%".utf8)) }
        let isMarketing = account.unsubscribeURL(first, of: source.batch) != nil
        if isMarketing { writeUnsubscribe(&body, Array("%recipient.unsubscribe%".utf8)) }
        body.append(form: "v:herald_id", Array("%recipient.id%".utf8))
        var variables = RawBytes(capacity: 4096)
        for place in places {
            let message = source.batch.messages[place]
            variables.append(place == places.lowerBound ? "{" : ",")
            variables.append(json: message.to, of: source)
            variables.append(":{\"id\":")
            variables.appendQuotedID(message.id)
            variables.append(",\"subject\":")
            variables.append(subject: message.subject, of: source)
            if !message.text.isEmpty {
                variables.append(",\"text\":")
                variables.append(json: message.text, of: source)
            }
            if !message.rich.isEmpty {
                variables.append(",\"html\":")
                variables.append(json: message.rich, of: source)
            }
            if let unsubscribe = account.unsubscribeURL(message, of: source.batch) {
                variables.append(",\"unsubscribe\":")
                variables.append(json: unsubscribe)
            }
            variables.append("}")
        }
        variables.append("}")
        body.append(form: "recipient-variables", UnsafeBufferPointer(start: variables.base, count: variables.count))
    }

    private func writeUnsubscribe(_ body: inout RawBytes, _ url: [UInt8]) {
        body.append(form: "h:List-Unsubscribe", Array("<".utf8) + url + Array(">".utf8))
        body.append(form: "h:List-Unsubscribe-Post", Array("List-Unsubscribe=One-Click".utf8))
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        let json = reply.json
        if reply.status == 200 {
            // One id for all of a request.
            let outcome = Self.codes.accepted(json?["id"]?.stringValue.map(EmailReceipt.bare), status: reply.status)
            return Array(repeating: outcome, count: places.count)
        }
        let code = Self.code(json?["message"]?.stringValue ?? "")
        let outcome = Self.codes.refusal(reply, code: code)
        // One bad address and nothing of the request is taken; Mailgun does not say which it was.
        if places.count > 1, reply.status == 400, outcome.kind == .permanent {
            let reason = ProviderReason.text(ProviderReason.providerError, Self.kind, "400 for one of the request")
            return Array(repeating: .temporary(reason: reason), count: places.count)
        }
        return Array(repeating: outcome, count: places.count)
    }

    var callbacks: (any CallbackReader)? { webhook }
}
