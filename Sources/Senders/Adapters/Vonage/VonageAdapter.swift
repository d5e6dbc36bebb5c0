import Domain

/// Vonage (Nexmo): text messages through the SMS API, one request a message. The API answers 200 to everything it
/// could read; what came of the message stands inside, once for each part of a long one.
///
/// https://developer.vonage.com/en/api/sms
struct VonageAdapter: VendorAdapter {
    static let kind = "vonage"
    static let channels: [Channel] = [.sms]
    static let settings = [
        "api_key", "api_secret", "from", "signature_secret", "signature_method", "callback_url", "currency", "base_url",
    ]

    private(set) var transport = HTTPTransport()
    private let url: [UInt8]
    private let key: [UInt8]
    private let secret: [UInt8]
    private let from: String
    private let callback: [UInt8]?
    private let currency: Currency?
    private let signature: VonageSignature?

    init(_ reader: inout ConfigReader) throws(ConfigError) {
        let base = try BaseURL.read(&reader, usual: "https://rest.nexmo.com")
        url = base.bytes + Array("/sms/json".utf8)
        key = Array(try reader.required("api_key").utf8)
        secret = Array(try reader.required("api_secret").utf8)
        from = try reader.plainText("from") ?? ""
        callback = try reader.plainURL("callback_url")
        signature = try VonageSignature(&reader)
        // Vonage tells prices in the currency of the account, which is the euro for all but a few.
        currency = try reader.currency() ?? Currency("EUR")
        transport.host = base.host
        try transport.read(&reader)
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        let message = source.batch.messages[places.lowerBound]
        request.url.append(url)
        request.header("Content-Type", Array("application/x-www-form-urlencoded".utf8))
        request.body.append(form: "api_key", key)
        request.body.append(form: "api_secret", secret)
        request.body.append(form: "from", source.sender(of: message, orElse: from))
        request.body.append(form: "to", source.digits(message.to))
        source.with(message.text) { request.body.append(form: "text", $0) }
        // Without it every letter beyond the GSM alphabet arrives as a question mark.
        let encoding = SegmentCount(of: source.batch.bytes.span.extracting(message.text.range)).encoding
        if encoding != .gsm7 { request.body.append(form: "type", Array("unicode".utf8)) }
        request.body.append(form: "client-ref", Array(String(message.id.rawValue).utf8))
        if let lifetime = source.batch.lifetime() {
            let milliseconds = min(max(lifetime, 20), 604_800) * 1000
            request.body.append(form: "ttl", Array(String(milliseconds).utf8))
        }
        if let callback { request.body.append(form: "callback", callback) }
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        guard reply.status == 200 else { return [Self.codes.refusal(reply, code: "")] }
        guard let parts = reply.json?["messages"]?.arrayValue, !parts.isEmpty else {
            return [Self.codes.unclear(reply.status)]
        }
        let statuses = parts.map { $0["status"]?.stringValue ?? $0["status"]?.numberText ?? "" }
        guard let refused = statuses.first(where: { $0 != "0" }) else {
            return [accepted(parts, status: reply.status)]
        }
        // Some parts are on their way and others are not: to send all again would send those twice.
        guard !statuses.contains("0"), !refused.isEmpty else {
            return [.inDoubt(reason: ProviderReason.text(ProviderReason.unclearReply, Self.kind, "parts \(refused)"))]
        }
        return [
            Self.codes.outcome(refused, retryAfter: reply.retryAfter)
                ?? .permanent(reason: ProviderReason.text(ProviderReason.contentRefused, Self.kind, refused))
        ]
    }

    /// The first part's id stands for the message, the sum of the parts' prices for its cost.
    private func accepted(_ parts: [JSON], status: Int) -> Outcome {
        let outcome = Self.codes.accepted(parts[0]["message-id"]?.stringValue, status: status)
        guard case .sent(let reference, _) = outcome, let currency else { return outcome }
        var micros: Int64 = 0
        for part in parts {
            guard let text = part["message-price"]?.stringValue,
                let price = PriceText.reported(Array(text.utf8))
            else { return outcome }
            micros += price
        }
        return .sent(reference: reference, cost: Money(micros: micros, currency: currency))
    }

    var callbacks: (any CallbackReader)? { signature.map { VonageCallbacks(signature: $0) } }
}

extension VonageAdapter {
    /// https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms: the status of a message in a reply. Any
    /// but 0 says that it was not queued, so that even the internal error (5) took nothing.
    static let codes = VendorCodes(
        kind,
        [
            (.throttled, ["1", "10"]),
            (.temporary(ProviderReason.providerBusy), ["5", "13"]),
            (.temporary(ProviderReason.accountRefused), ["4", "8", "9", "11", "14", "19", "23", "32", "101"]),
            (.permanent(ProviderReason.contentRefused), ["2", "3", "16", "17", "18", "20", "22"]),
            (.permanent(ProviderReason.routeRefused), ["6", "29"]),
            (.permanent(ProviderReason.optedOut), ["7", "102"]),
            (.permanent(ProviderReason.tooLarge), ["12"]),
            (.permanent(ProviderReason.senderRefused), ["15"]),
            (.permanent(ProviderReason.invalidRecipient), ["33", "34"]),
        ])
}
