import Crypto
import Domain

/// Mailgun's messages API: up to 1,000 messages a request. Each person's whole subject, text and HTML are recipient
/// variables of that person, so that Mailgun sends everybody a message of their own.
struct MailgunAdapter: EmailAdapter {
    static let kind = "mailgun"
    static let channels: [Channel] = [.email]
    static let settings = EmailAccount.settings + ["tracking", "api_key", "domain", "webhook_signing_key", "base_url"]

    private(set) var transport = HTTPTransport()
    let messagesPerRequest = 1000
    let account: EmailAccount
    private let authorization: [UInt8]
    private let url: [UInt8]
    private let webhook: MailgunCallbacks?
    /// Mailgun takes 25 MB; a form writes a byte as three.
    let extent = BatchExtent(most: 1000, bytes: 6 << 20, shrinks: true)

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

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        request.url.append(url)
        request.header("Authorization", authorization)
        var form = MailgunForm()
        form.append("from", (account.sender(of: source.batch) ?? account.from).headerText)
        for place in places { form.append("to", source.bytes(source.batch.messages[place].to)) }
        if places.count == 1 {
            appendContent(&form, source.batch.messages[places.lowerBound], of: source)
        } else {
            appendVariables(&form, places, of: source)
        }
        if let replyTo = account.replyTo { form.append("h:Reply-To", replyTo.headerText) }
        let isTracked = account.isTracked ? "yes" : "no"
        form.append("o:tracking", isTracked)
        form.append("o:tracking-clicks", isTracked)
        form.append("o:tracking-opens", isTracked)
        form.write(&request, files: source.batch.attachments)
    }

    private func appendContent(_ form: inout MailgunForm, _ message: MessageBatch.Message, of source: RequestSource) {
        form.append("subject", RawBytes.line(message.subject, of: source))
        if !message.text.isEmpty { form.append("text", source.bytes(message.text)) }
        if !message.rich.isEmpty { form.append("html", source.bytes(message.rich)) }
        if let unsubscribe = account.unsubscribeURL(message, of: source.batch) {
            appendUnsubscribe(&form, unsubscribe)
        }
        form.append("v:herald_id", String(message.id.rawValue))
    }

    private func appendVariables(_ form: inout MailgunForm, _ places: Range<Int>, of source: RequestSource) {
        let first = source.batch.messages[places.lowerBound]
        form.append("subject", "%recipient.subject%")
        if !first.text.isEmpty { form.append("text", "%recipient.text%") }
        if !first.rich.isEmpty { form.append("html", "%recipient.html%") }
        let isMarketing = account.unsubscribeURL(first, of: source.batch) != nil
        if isMarketing { appendUnsubscribe(&form, Array("%recipient.unsubscribe%".utf8)) }
        form.append("v:herald_id", "%recipient.id%")
        var variables = RawBytes(capacity: 4096)
        for place in places {
            variables.append(place == places.lowerBound ? "{" : ",")
            write(&variables, source.batch.messages[place], of: source)
        }
        variables.append("}")
        form.append("recipient-variables", Array(UnsafeBufferPointer(start: variables.base, count: variables.count)))
    }

    private func write(_ variables: inout RawBytes, _ message: MessageBatch.Message, of source: RequestSource) {
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

    private func appendUnsubscribe(_ form: inout MailgunForm, _ url: [UInt8]) {
        form.append("h:List-Unsubscribe", Array("<".utf8) + url + Array(">".utf8))
        form.append("h:List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
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
