import Crypto
import Domain

/// Twilio: SMS, WhatsApp and voice over its REST API of 2010-04-01, one request a message.
struct TwilioAdapter: VendorAdapter {
    static let kind = "twilio"
    static let channels: [Channel] = [.sms, .whatsapp, .voice]
    static let settings = [
        "account_sid", "auth_token", "api_key", "api_secret", "from", "messaging_service_sid", "language",
        "callback_url",
        "base_url",
    ]

    private(set) var transport = HTTPTransport()
    private let authorization: [UInt8]
    private let authToken: String?
    private let from: String
    private let service: [UInt8]?
    private let language: String?
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
        language = try reader.plainText("language")
        guard
            language?.utf8.allSatisfy({
                $0 == 0x2D || $0 >= 0x30 && $0 <= 0x39 || $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A
            })
                ?? true
        else { throw ConfigError(setting: reader.place("language"), problem: "must be a language such as en-GB") }
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
        if let service, !isVoice, source.batch.from.isEmpty, message.from.isEmpty {
            request.body.append(form: "MessagingServiceSid", service)
        } else {
            request.body.append(form: "From", prefix + source.sender(of: message, orElse: from))
        }
        if isVoice {
            let words = SpokenText.xmlEscaped(SpokenText.digitByDigit(source.bytes(message.text)))
            let say =
                Array((language.map { "<Say language=\"\($0)\">" } ?? "<Say>").utf8) + words + Array("</Say>".utf8)
            // Twice: nobody can write a code down at once.
            let twiml = Array("<Response>".utf8) + say + Array("<Pause length=\"1\"/>".utf8) + say
            request.body.append(form: "Twiml", twiml + Array("</Response>".utf8))
        } else {
            source.with(message.text) { request.body.append(form: "Body", $0) }
        }
        // Twilio takes ten hours at most, which is also what it does without a word.
        if source.batch.channel == .sms, let lifetime = source.batch.lifetime() {
            request.body.append(form: "ValidityPeriod", Array(String(min(lifetime, 36_000)).utf8))
        }
        if let callback {
            request.body.append(form: "StatusCallback", callback + Array(String(message.id.rawValue).utf8))
        }
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        let json = reply.json
        if reply.status == 200 || reply.status == 201 {
            return [Self.codes.accepted(json?["sid"]?.stringValue, status: reply.status)]
        }
        return [Self.codes.refusal(reply, code: json?["code"]?.numberText ?? "")]
    }

    var callbacks: (any CallbackReader)? { authToken.map { TwilioCallbacks(token: $0) } }
}
