import Domain

/// MessageBird (Bird): text messages through its REST API, one request a message.
///
/// https://developers.messagebird.com/api/sms-messaging
struct MessageBirdAdapter: VendorAdapter {
    static let kind = "messagebird"
    static let channels: [Channel] = [.sms]
    static let settings = ["access_key", "from", "signing_key", "callback_url", "base_url"]

    private(set) var transport = HTTPTransport()
    private let url: [UInt8]
    private let authorization: [UInt8]
    private let from: String
    private let callback: [UInt8]?
    private let signingKey: String?

    init(_ reader: inout ConfigReader) throws(ConfigError) {
        let base = try BaseURL.read(&reader, usual: "https://rest.messagebird.com")
        url = base.bytes + Array("/messages".utf8)
        authorization = Array("AccessKey \(try reader.required("access_key"))".utf8)
        from = try reader.plainText("from") ?? ""
        callback = try reader.plainURL("callback_url")
        signingKey = try reader.plainText("signing_key")
        transport.host = base.host
        try transport.read(&reader)
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        let message = source.batch.messages[places.lowerBound]
        request.url.append(url)
        request.header("Authorization", authorization)
        request.header("Content-Type", Array("application/json".utf8))
        request.body.append(#"{"originator":"#)
        request.body.append(json: source.sender(of: message, orElse: from))
        request.body.append(#","recipients":["#)
        request.body.append(json: source.digits(message.to))
        request.body.append(#"],"body":"#)
        source.with(message.text) { request.body.append(json: $0) }
        // The usual coding replaces every letter beyond the GSM alphabet.
        request.body.append(#","datacoding":"auto","reference":""#)
        request.body.append(decimal: message.id.rawValue)
        request.body.append("\"")
        if let lifetime = source.batch.lifetime() {
            request.body.append(#","validity":"#)
            request.body.append(decimal: lifetime)
        }
        if let callback {
            request.body.append(#","reportUrl":"#)
            request.body.append(json: callback)
        }
        request.body.append("}")
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        let json = reply.json
        if reply.status == 200 || reply.status == 201 {
            return [Self.codes.accepted(json?["id"]?.stringValue, status: reply.status)]
        }
        guard let error = json?["errors"]?.arrayValue?.first, let code = error["code"]?.numberText else {
            return [Self.codes.refusal(reply, code: "")]
        }
        // One code for every parameter that is wrong: which one it is makes the difference.
        if let parameter = error["parameter"]?.stringValue,
            let outcome = Self.codes.outcome("\(code) \(parameter)", retryAfter: reply.retryAfter)
        {
            return [outcome]
        }
        return [Self.codes.refusal(reply, code: code)]
    }

    var callbacks: (any CallbackReader)? { signingKey.map { MessageBirdCallbacks(key: Array($0.utf8)) } }
}

extension MessageBirdAdapter {
    /// https://developers.messagebird.com/api/#api-errors: the code, with the parameter where that decides.
    static let codes = VendorCodes(
        kind,
        [
            (.temporary(ProviderReason.accountRefused), ["2", "3", "4", "5", "6", "7", "20", "25", "26", "98", "103"]),
            (.inDoubt, ["99"]),
            (
                .permanent(ProviderReason.invalidRecipient),
                ["9 recipients", "9 recipient", "10 recipients", "10 recipient", "21 recipients", "22"]
            ),
            (
                .permanent(ProviderReason.senderRefused),
                ["9 originator", "10 originator", "21 originator", "104"]
            ),
            (.permanent(ProviderReason.tooLarge), ["10 body"]),
            (.permanent(ProviderReason.contentRefused), ["9", "9 body", "10", "21", "101", "105"]),
        ])
}
