import Crypto
import Domain

/// Vonage's Voice API: a call that says the message, twice, with codes digit by digit.
///
/// https://developer.vonage.com/en/api/voice
struct VonageVoiceAdapter: VendorAdapter {
    static let kind = "vonage-voice"
    static let channels: [Channel] = [.voice]
    static let settings = [
        "application_id", "private_key", "from", "language", "signature_secret", "callback_url", "currency", "base_url",
    ]

    private(set) var transport = HTTPTransport()
    private let url: [UInt8]
    private let token: VonageToken
    private let application: String
    private let from: String
    private let language: String
    private let callback: [UInt8]?
    private let signatureSecret: String?
    private let currency: Currency?

    init(_ reader: inout ConfigReader) throws(ConfigError) {
        try self.init(&reader, now: { .now })
    }

    init(_ reader: inout ConfigReader, now: @escaping @Sendable () -> Timestamp) throws(ConfigError) {
        let base = try BaseURL.read(&reader, usual: "https://api.nexmo.com")
        url = base.bytes + Array("/v1/calls".utf8)
        application = try reader.required("application_id", such: "aaaaaaaa-bbbb-cccc-dddd-0123456789ab")
        token = VonageToken(application: application, key: try reader.signingKey("private_key", .rsa), clock: now)
        from = try reader.plainText("from") ?? ""
        language = try reader.plainText("language") ?? "en-GB"
        callback = try reader.callbackURL()
        signatureSecret = try reader.plainText("signature_secret")
        currency = try reader.currency() ?? Currency("EUR")
        transport.host = base.host
        try transport.read(&reader)
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        let message = source.batch.messages[places.lowerBound]
        request.url.append(url)
        request.header("Authorization", token.header())
        request.header("Content-Type", Array("application/json".utf8))
        request.body.append(#"{"to":[{"type":"phone","number":"#)
        request.body.append(json: source.digits(message.to))
        request.body.append(#"}],"from":{"type":"phone","number":"#)
        let sender = source.sender(of: message, orElse: from)
        request.body.append(json: sender.first == UInt8(ascii: "+") ? Array(sender.dropFirst()) : sender)
        request.body.append(#"},"ncco":[{"action":"talk","language":"#)
        request.body.append(json: language)
        // Always as speech markup: a text that happens to look like some would else be taken for it. Twice: nobody can
        // write a code down at once.
        request.body.append(#","loop":2,"text":"#)
        let words = SpokenText.xmlEscaped(SpokenText.digitByDigit(source.bytes(message.text)))
        request.body.append(json: Array("<speak>".utf8) + words + Array("</speak>".utf8))
        request.body.append("}]")
        if let callback {
            request.body.append(#","event_url":["#)
            request.body.append(json: callback + Array(String(message.id.rawValue).utf8))
            request.body.append(#"],"event_method":"POST""#)
        }
        request.body.append("}")
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        let json = reply.json
        if reply.status == 200 || reply.status == 201 {
            return [Self.codes.accepted(json?["uuid"]?.stringValue, status: reply.status)]
        }
        // `https://developer.vonage.com/api-errors#low-balance`, and `UNAUTHORIZED` in older answers.
        let type = json?["type"]?.stringValue ?? ""
        let code = type.split(separator: "#").last.map { $0.lowercased() } ?? ""
        return [Self.codes.refusal(reply, code: code.contains("/") ? "" : code)]
    }

    var callbacks: (any CallbackReader)? {
        signatureSecret.map {
            VonageVoiceCallbacks(secret: Array($0.utf8), application: application, currency: currency)
        }
    }
}

extension VonageVoiceAdapter {
    /// https://developer.vonage.com/en/api-errors, and what a call can end as.
    static let codes = VendorCodes(
        kind,
        [
            (.throttled, ["throttled", "rate-limit", "rate-limited", "too-many-requests"]),
            (
                .temporary(ProviderReason.accountRefused),
                [
                    "low-balance", "out-of-credit", "unauthorized", "forbidden", "not-found", "unprovisioned",
                    "account-suspended", "invalid-api-key", "invalid-token", "invalid-signature",
                ]
            ),
            (.temporary(ProviderReason.providerBusy), ["service-unavailable"]),
            (.inDoubt, ["internal-error", "internal_error", "server-error"]),
            (
                .permanent(ProviderReason.contentRefused),
                [
                    "validation", "payload-validation", "invalid-params", "invalid-json", "bad-request", "bad_request",
                    "invalid-content-type", "invalid-accept-header",
                ]
            ),
            (.temporary(ProviderReason.timeOut), ["busy", "timeout", "unanswered"]),
            (.permanent(ProviderReason.routeRefused), ["rejected"]),
            (.temporary(ProviderReason.providerError), ["failed", "cancelled"]),
        ])
}
