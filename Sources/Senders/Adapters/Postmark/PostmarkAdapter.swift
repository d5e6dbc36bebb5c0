import Domain

/// Postmark's batch API: up to 500 whole messages a request, each with an answer of its own.
struct PostmarkAdapter: EmailAdapter {
    static let kind = "postmark"
    static let channels: [Channel] = [.email]
    static let settings =
        EmailAccount.settings + WebhookSecret.settings
        + ["tracking", "server_token", "message_stream", "marketing_stream", "base_url"]

    private(set) var transport = HTTPTransport()
    let messagesPerRequest = 500
    let account: EmailAccount
    private let token: [UInt8]
    private let url: [UInt8]
    private let stream: String
    private let marketingStream: String
    private let webhook: PostmarkCallbacks?
    /// Postmark takes 50 MB; a request that long is one that time-outs cut.
    let extent = BatchExtent(most: 500, bytes: 15 << 20, repeatsFiles: true)

    init(_ reader: inout ConfigReader) throws(ConfigError) {
        let base = try BaseURL.read(&reader, usual: "https://api.postmarkapp.com")
        account = try EmailAccount(&reader, canTrack: true)
        token = Array(try reader.required("server_token", such: "8f6cd1b0-0123-4567-89ab-cdef01234567").utf8)
        stream = try reader.plainText("message_stream") ?? "outbound"
        // Postmark keeps bulk mail apart by rule: it has a stream of its own.
        marketingStream = try reader.plainText("marketing_stream") ?? "broadcast"
        webhook = try WebhookSecret(&reader).map(PostmarkCallbacks.init)
        url = base.bytes + Array("/email/batch".utf8)
        transport.host = base.host
        // Some 200 bytes a message, twice that where it is refused.
        transport.maxReply = 1 << 20
        try transport.read(&reader)
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        request.url.append(url)
        request.header("Accept", Array("application/json".utf8))
        request.header("Content-Type", Array("application/json".utf8))
        request.header("X-Postmark-Server-Token", token)
        let sender = (account.sender(of: source.batch) ?? account.from).headerText
        let files = MailFile.all(of: source.batch)
        request.body.append("[")
        for place in places {
            if place > places.lowerBound { request.body.append(",") }
            write(&request.body, source.batch.messages[place], from: sender, files, of: source)
        }
        request.body.append("]")
    }

    private func write(
        _ body: inout RawBytes, _ message: MessageBatch.Message, from sender: [UInt8], _ files: [MailFile],
        of source: RequestSource
    ) {
        body.append("{\"From\":")
        body.append(json: sender)
        body.append(",\"To\":")
        body.append(json: message.to, of: source)
        body.append(",\"Subject\":")
        body.append(subject: message.subject, of: source)
        if !message.text.isEmpty {
            body.append(",\"TextBody\":")
            body.append(json: message.text, of: source)
        }
        if !message.rich.isEmpty {
            body.append(",\"HtmlBody\":")
            body.append(json: message.rich, of: source)
        }
        body.append(files: files, as: "Attachments", content: "Content", name: "Name", type: "ContentType")
        if let replyTo = account.replyTo {
            body.append(",\"ReplyTo\":")
            body.append(json: replyTo.headerText)
        }
        if let unsubscribe = account.unsubscribeURL(message, of: source.batch) {
            body.append(",\"Headers\":[{\"Name\":\"List-Unsubscribe\",\"Value\":")
            body.append(json: Array("<".utf8) + unsubscribe + Array(">".utf8))
            body.append("},{\"Name\":\"List-Unsubscribe-Post\",\"Value\":\"List-Unsubscribe=One-Click\"}]")
        }
        body.append(
            ",\"TrackOpens\":\(account.isTracked),\"TrackLinks\":\"\(account.isTracked ? "HtmlOnly" : "None")\"")
        body.append(",\"Metadata\":{\"\(EmailReceipt.idName)\":")
        body.appendQuotedID(message.id)
        body.append("},\"MessageStream\":")
        body.append(json: source.batch.category == .marketing ? marketingStream : stream)
        body.append("}")
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        let json = reply.json
        guard reply.status == 200 else {
            let outcome = Self.codes.refusal(reply, code: json?["ErrorCode"]?.numberText ?? "")
            return Array(repeating: outcome, count: places.count)
        }
        guard let answers = json?.arrayValue, answers.count == places.count else {
            return Array(repeating: Self.codes.unclear(reply.status), count: places.count)
        }
        return answers.map(Self.outcome)
    }

    private static func outcome(_ answer: JSON) -> Outcome {
        guard let code = answer["ErrorCode"]?.wholeNumber else { return codes.unclear(200) }
        if code == 0 { return codes.accepted(answer["MessageID"]?.stringValue, status: 200) }
        // Postmark says by a code that it did not take the message, known to us or not.
        return codes.outcome("\(code)", retryAfter: nil)
            ?? .permanent(reason: ProviderReason.text(ProviderReason.contentRefused, kind, code))
    }

    var callbacks: (any CallbackReader)? { webhook }
}

extension PostmarkAdapter {
    /// https://postmarkapp.com/developer/api/overview#error-codes: those of sending; behind them the types of bounces.
    static let codes = VendorCodes(
        kind,
        [
            (.throttled, ["429"]),
            (
                .temporary(ProviderReason.accountRefused),
                [
                    "10", "405", "412", "413", "701", "809", "1221", "1222", "1226", "1227", "1228", "1229", "1231",
                    "1235", "ManuallyDeactivated", "SMTPApiError", "InboundError",
                ]
            ),
            (.temporary(ProviderReason.providerBusy), ["100"]),
            (.temporary(ProviderReason.senderRefused), ["400", "401", "500", "501", "503", "507", "Unconfirmed"]),
            (
                .permanent(ProviderReason.invalidRecipient),
                ["406", "HardBounce", "BadEmailAddress", "AddressChange", "DnsError"]
            ),
            (.permanent(ProviderReason.optedOut), ["SpamComplaint", "Unsubscribe"]),
            (
                .permanent(ProviderReason.contentRefused),
                [
                    "300", "402", "403", "409", "410", "411", "1101", "1109", "1120", "1121", "SpamNotification",
                    "VirusNotification", "DMARCPolicy", "TemplateRenderingFailed", "Blocked",
                ]
            ),
            (
                .permanent(ProviderReason.providerError),
                ["Transient", "SoftBounce", "Unknown", "AutoResponder", "ChallengeVerification", "OpenRelayTest"]
            ),
        ])
}
