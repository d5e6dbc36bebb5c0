import Crypto
import Domain

/// Twilio: SMS, WhatsApp and voice over its REST API of 2010-04-01, one request a message.
struct TwilioAdapter: VendorAdapter {
    static let kind = "twilio"
    static let channels: [Channel] = [.sms, .whatsapp, .voice]
    static let settings = [
        "account_sid", "auth_token", "api_key", "api_secret", "from", "messaging_service_sid", "callback_url",
        "base_url",
    ]

    private(set) var transport = HTTPTransport()
    private let authorization: [UInt8]
    private let authToken: String?
    private let from: String
    private let service: [UInt8]?
    private let callback: [UInt8]?
    private let messages: [UInt8]
    private let calls: [UInt8]

    init(_ reader: inout ConfigReader) throws(ConfigError) {
        let base = try BaseURL.read(&reader, usual: "https://api.twilio.com")
        let account = try reader.required("account_sid", such: "AC0123456789abcdef0123456789abcdef")
        authToken = try reader.plainText("auth_token")
        let (key, secret) = (try reader.plainText("api_key"), try reader.plainText("api_secret"))
        guard let password = key == nil ? authToken : secret else {
            throw ConfigError(setting: key == nil ? "auth_token" : "api_secret", problem: "is missing")
        }
        authorization = Array("Basic ".utf8) + Base64.encode(Array("\(key ?? account):\(password)".utf8))
        from = try reader.plainText("from") ?? ""
        service = try reader.plainText("messaging_service_sid").map { Array($0.utf8) }
        callback = try reader.callbackURL()
        let root = base.bytes + Array("/2010-04-01/Accounts/\(account)".utf8)
        messages = root + Array("/Messages.json".utf8)
        calls = root + Array("/Calls.json".utf8)
        transport.host = base.host
        try transport.read(&reader)
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        let message = source.batch.messages[places.lowerBound]
        let isVoice = source.batch.channel == .voice
        request.url.append(isVoice ? calls : messages)
        request.header("Authorization", authorization)
        request.header("Content-Type", Array("application/x-www-form-urlencoded".utf8))
        let prefix = source.batch.channel == .whatsapp ? Array("whatsapp:".utf8) : []
        request.body.append(form: "To", prefix + source.bytes(message.to))
        if let service, !isVoice, source.batch.from.isEmpty {
            request.body.append(form: "MessagingServiceSid", service)
        } else {
            request.body.append(form: "From", prefix + source.sender(orElse: from))
        }
        if isVoice {
            let words = SpokenText.xmlEscaped(SpokenText.digitByDigit(source.bytes(message.text)))
            let say = Array("<Say>".utf8) + words + Array("</Say>".utf8)
            // Twice: nobody can write a code down at once.
            let twiml = Array("<Response>".utf8) + say + Array("<Pause length=\"1\"/>".utf8) + say
            request.body.append(form: "Twiml", twiml + Array("</Response>".utf8))
        } else {
            source.with(message.text) { request.body.append(form: "Body", $0) }
        }
        if let callback {
            request.body.append(form: "StatusCallback", callback + Array(String(message.id.rawValue).utf8))
        }
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        let json = reply.json
        if reply.status == 200 || reply.status == 201 {
            guard let sid = json?["sid"]?.stringValue, !sid.isEmpty else {
                return [.inDoubt(reason: ProviderReason.text(ProviderReason.unclearReply, Self.kind, reply.status))]
            }
            return [.sent(reference: sid, cost: nil)]
        }
        return [Self.codes.refusal(reply, code: json?["code"]?.numberText ?? "")]
    }

    var callbacks: (any CallbackReader)? { authToken.map { TwilioCallbacks(token: $0) } }
}

extension TwilioAdapter {
    /// https://www.twilio.com/docs/api/errors: those of requests (2xxxx) and of receipts (3xxxx, 63xxx).
    static let codes = VendorCodes(
        kind,
        [
            (.throttled, ["20429", "14107", "30022", "63018"]),
            (
                .temporary(ProviderReason.accountRefused),
                ["20003", "20005", "20006", "10001", "20008", "21606", "30002", "30010", "63007", "30034"]
            ),
            (.temporary(ProviderReason.providerBusy), ["20500", "20503", "21611", "30001", "63012"]),
            (
                .permanent(ProviderReason.invalidRecipient),
                ["21211", "21214", "21217", "21401", "21421", "21614", "30003", "30005", "30006", "63003", "63024"]
            ),
            (.permanent(ProviderReason.optedOut), ["21610"]),
            (
                .permanent(ProviderReason.routeRefused),
                ["21215", "21216", "21219", "21408", "21612", "21635", "30004", "30011", "13227", "13223"]
            ),
            (
                .permanent(ProviderReason.senderRefused),
                [
                    "21212", "21210", "21213", "21603", "21608", "21659", "21660", "21661", "21703", "21705", "30024",
                    "30032",
                ]
            ),
            (
                .permanent(ProviderReason.contentRefused),
                [
                    "21602", "21619", "21620", "21656", "30007", "30019", "63005", "63013", "63016", "63027", "12100",
                    "12200",
                ]
            ),
            (.permanent(ProviderReason.tooLarge), ["21605", "21617", "30021"]),
            (.permanent(ProviderReason.providerError), ["30008", "30009", "30017"]),
        ])
}
