import Domain

/// WhatsApp through Meta's Cloud API: texts (within a day of the person's last message) and approved templates, which
/// come as `{"template":{…}}` in the message's options.
///
/// https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
struct WhatsAppAdapter: VendorAdapter {
    static let kind = "whatsapp"
    static let channels: [Channel] = [.whatsapp]
    static let settings = [
        "phone_number_id", "access_token", "api_version", "app_secret", "verify_token", "currency", "base_url",
    ]

    private(set) var transport = HTTPTransport()
    private let url: [UInt8]
    private let authorization: [UInt8]
    private let reader: WhatsAppCallbacks?

    init(_ reader: inout ConfigReader) throws(ConfigError) {
        let base = try BaseURL.read(&reader, usual: "https://graph.facebook.com")
        let number = try reader.required("phone_number_id", such: "106540352242922")
        guard number.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            throw ConfigError(
                setting: reader.place("phone_number_id"), problem: "must be the number's id, which is digits alone")
        }
        let version = try reader.plainText("api_version") ?? "v23.0"
        guard version.hasPrefix("v"), version.dropFirst().utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 || $0 == 0x2E })
        else { throw ConfigError(setting: reader.place("api_version"), problem: "must be a version such as v23.0") }
        url = base.bytes + Array("/\(version)/\(number)/messages".utf8)
        authorization = Array("Bearer \(try reader.required("access_token"))".utf8)
        let secret = try reader.plainText("app_secret")
        let verifyToken = try reader.plainText("verify_token")
        let currency = try reader.currency()
        self.reader = secret.map {
            WhatsAppCallbacks(
                secret: Array($0.utf8), verifyToken: verifyToken, phoneNumber: number, currency: currency)
        }
        transport.host = base.host
        try transport.read(&reader)
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        let message = source.batch.messages[places.lowerBound]
        request.url.append(url)
        request.header("Authorization", authorization)
        request.header("Content-Type", Array("application/json".utf8))
        request.body.append(#"{"messaging_product":"whatsapp","recipient_type":"individual","to":"#)
        request.body.append(json: source.digits(message.to))
        // Comes back with each status, so that one that is quicker than our own record finds its message.
        request.body.append(#","biz_opaque_callback_data":""#)
        request.body.append(decimal: message.id.rawValue)
        request.body.append(#"","#)
        if let template = Self.template(source.bytes(message.rich)) {
            request.body.append(#""type":"template","template":"#)
            request.body.append(template)
        } else {
            request.body.append(#""type":"text","text":{"body":"#)
            source.with(message.text) { request.body.append(json: $0) }
            request.body.append("}")
        }
        request.body.append("}")
    }

    /// Written anew from what was understood, so that nothing breaks out of the body.
    private static func template(_ rich: [UInt8]) -> [UInt8]? {
        guard !rich.isEmpty, let template = (try? JSON.parse(rich))?["template"], template.objectValue != nil else {
            return nil
        }
        var bytes: [UInt8] = []
        template.write(to: &bytes)
        return bytes
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        let json = reply.json
        if let error = json?["error"] {
            return [Self.codes.refusal(reply, code: error["code"]?.numberText ?? "")]
        }
        guard reply.status == 200 else { return [Self.codes.refusal(reply, code: "")] }
        return [Self.codes.accepted(json?["messages"]?.arrayValue?.first?["id"]?.stringValue, status: reply.status)]
    }

    var callbacks: (any CallbackReader)? { reader }
}
