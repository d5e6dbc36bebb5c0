import Domain

/// Amazon SES, API version 2: a message alone as it is, up to 50 as entries of one inline template whose only content
/// is each entry's own subject, text and HTML. (SES puts a value in as it stands: it escapes nothing.)
struct AmazonSESAdapter: EmailAdapter {
    static let kind = "ses"
    static let channels: [Channel] = [.email]
    static let settings =
        EmailAccount.settings + AmazonAccount.settings + AmazonTrust.settings + ["configuration_set"]

    private(set) var transport = HTTPTransport()
    let messagesPerRequest = 50
    /// What the time of a signature is taken from.
    var clock: @Sendable () -> Timestamp = { .now }
    let account: EmailAccount
    private let amazon: AmazonAccount
    private let configurationSet: String?
    private let trust: AmazonTrust?
    let extent = BatchExtent(most: 50, bytes: 8 << 20)

    private static let one = "/v2/email/outbound-emails"
    private static let bulk = "/v2/email/outbound-bulk-emails"
    /// "TemplateData … maximum length of 262144": what is longer goes alone.
    private static let entryBytes = 120_000

    init(_ reader: inout ConfigReader) throws(ConfigError) {
        account = try EmailAccount(&reader, canTrack: false)
        amazon = try AmazonAccount(&reader, prefix: "email", service: "ses")
        configurationSet = try reader.plainText("configuration_set")
        trust = try AmazonTrust(&reader)
        transport.host = amazon.base.host
        try transport.read(&reader)
    }

    func extent(from first: Int, of source: RequestSource) -> Int {
        let isShort = { (message: MessageBatch.Message) in message.text.count + message.rich.count < Self.entryBytes }
        return isShort(source.batch.messages[first]) ? extent.count(from: first, of: source, where: isShort) : 1
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        let path = places.count == 1 ? Self.one : Self.bulk
        request.url.append(amazon.base.bytes)
        request.url.append(path)
        request.header("Content-Type", Array("application/json".utf8))
        request.body.append("{\"FromEmailAddress\":")
        request.body.append(json: (account.sender(of: source.batch) ?? account.from).headerText)
        if let replyTo = account.replyTo {
            request.body.append(",\"ReplyToAddresses\":[")
            request.body.append(json: replyTo.headerText)
            request.body.append("]")
        }
        if let configurationSet {
            request.body.append(",\"ConfigurationSetName\":")
            request.body.append(json: configurationSet)
        }
        if places.count == 1 {
            writeOne(&request.body, source.batch.messages[places.lowerBound], of: source)
        } else {
            writeBulk(&request.body, places, of: source)
        }
        request.body.append("}")
        amazon.signature.authorize(&request, host: amazon.hostHeader, path: amazon.basePath + path, at: clock())
    }

    private func writeOne(_ body: inout RawBytes, _ message: MessageBatch.Message, of source: RequestSource) {
        body.append(",\"Destination\":{\"ToAddresses\":[")
        body.append(json: message.to, of: source)
        body.append("]},\"EmailTags\":")
        appendTags(&body, message)
        body.append(",\"Content\":{\"Simple\":{\"Subject\":{\"Data\":")
        body.append(subject: message.subject, of: source)
        body.append(",\"Charset\":\"UTF-8\"},\"Body\":{")
        if !message.text.isEmpty {
            body.append("\"Text\":{\"Data\":")
            body.append(json: message.text, of: source)
            body.append(",\"Charset\":\"UTF-8\"}")
        }
        if !message.rich.isEmpty {
            body.append(message.text.isEmpty ? "\"Html\":{\"Data\":" : ",\"Html\":{\"Data\":")
            body.append(json: message.rich, of: source)
            body.append(",\"Charset\":\"UTF-8\"}")
        }
        body.append("}")
        appendHeaders(&body, ",\"Headers\":", message, of: source)
        appendFiles(&body, source)
        body.append("}}")
    }

    private func writeBulk(_ body: inout RawBytes, _ places: Range<Int>, of source: RequestSource) {
        let first = source.batch.messages[places.lowerBound]
        body.append(",\"DefaultContent\":{\"Template\":{\"TemplateContent\":{\"Subject\":\"{{s}}\"")
        if !first.text.isEmpty { body.append(",\"Text\":\"{{t}}\"") }
        if !first.rich.isEmpty { body.append(",\"Html\":\"{{h}}\"") }
        body.append("},\"TemplateData\":\"{}\"")
        appendFiles(&body, source)
        body.append("}},\"BulkEmailEntries\":[")
        var data = RawBytes(capacity: 4096)
        for place in places {
            let message = source.batch.messages[place]
            data.clear()
            data.append("{\"s\":")
            data.append(subject: message.subject, of: source)
            if !message.text.isEmpty {
                data.append(",\"t\":")
                data.append(json: message.text, of: source)
            }
            if !message.rich.isEmpty {
                data.append(",\"h\":")
                data.append(json: message.rich, of: source)
            }
            data.append("}")
            body.append(place == places.lowerBound ? "{" : ",{")
            body.append("\"Destination\":{\"ToAddresses\":[")
            body.append(json: message.to, of: source)
            body.append("]},\"ReplacementTags\":")
            appendTags(&body, message)
            body.append(",\"ReplacementEmailContent\":{\"ReplacementTemplate\":{\"ReplacementTemplateData\":")
            body.append(json: UnsafeBufferPointer(start: data.base, count: data.count))
            body.append("}}")
            appendHeaders(&body, ",\"ReplacementHeaders\":", message, of: source)
            body.append("}")
        }
        body.append("]")
    }

    private func appendFiles(_ body: inout RawBytes, _ source: RequestSource) {
        body.append(
            files: MailFile.all(of: source.batch), as: "Attachments", content: "RawContent", name: "FileName",
            type: "ContentType",
            more: ",\"ContentDisposition\":\"ATTACHMENT\",\"ContentTransferEncoding\":\"BASE64\"")
    }

    private func appendTags(_ body: inout RawBytes, _ message: MessageBatch.Message) {
        body.append("[{\"Name\":\"\(EmailReceipt.idName)\",\"Value\":")
        body.appendQuotedID(message.id)
        body.append("}]")
    }

    private func appendHeaders(
        _ body: inout RawBytes, _ name: String, _ message: MessageBatch.Message, of source: RequestSource
    ) {
        guard let unsubscribe = account.unsubscribeURL(message, of: source.batch) else { return }
        body.append(name)
        body.append("[{\"Name\":\"List-Unsubscribe\",\"Value\":")
        body.append(json: Array("<".utf8) + unsubscribe + Array(">".utf8))
        body.append("},{\"Name\":\"List-Unsubscribe-Post\",\"Value\":\"List-Unsubscribe=One-Click\"}]")
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        AmazonSESReply.outcomes(reply, count: places.count)
    }

    var callbacks: (any CallbackReader)? { trust.map { AmazonSESCallbacks(trust: $0) } }
}
