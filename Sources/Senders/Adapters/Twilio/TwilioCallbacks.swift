import Crypto
import Domain

/// Twilio's callbacks: a form, signed with the account's token over the URL and the sorted fields.
struct TwilioCallbacks: CallbackReader {
    let token: String

    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict {
        guard let given = callback.header("x-twilio-signature") else { return .forged("no signature") }
        var parameters = ""
        var last: (name: String, value: String)?
        for field in FormBody(callback.body).fields.sorted(by: Self.isBefore) {
            // A value that stands there twice is signed once.
            if let last, last == field { continue }
            parameters += field.name + field.value
            last = field
        }
        // Twilio signs the address now with, now without the port.
        let isSigned = Self.spellings(of: callback.url).contains { url in
            let mac = HMAC.sha1(key: Array(token.utf8), message: Array((url + parameters).utf8))
            return ConstantTime.equal(Base64.encode(mac), Array(given.utf8))
        }
        return isSigned ? .genuine : .forged("wrong signature")
    }

    private static func isBefore(_ a: (name: String, value: String), _ b: (name: String, value: String)) -> Bool {
        a.name == b.name
            ? a.value.utf8.lexicographicallyPrecedes(b.value.utf8)
            : a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
    }

    /// The URL without a port and with one.
    static func spellings(of url: String) -> [String] {
        let isTLS = url.hasPrefix("https://")
        let start = url.firstRange(of: "://").map(\.upperBound) ?? url.startIndex
        let end = url[start...].firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex
        let (host, rest) = (url[start..<end], url[end...])
        guard !host.contains("]") else { return [url] }
        let bare = host.prefix { $0 != ":" }
        let port = host.contains(":") ? host.dropFirst(bare.count) : isTLS ? ":443" : ":80"
        return ["", String(port)].map { "\(url[..<start])\(bare)\($0)\(rest)" }
    }

    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        let form = FormBody(callback.body)
        guard let reference = form["MessageSid"] ?? form["SmsSid"] ?? form["CallSid"] else {
            throw UnreadableCallback("has neither MessageSid nor CallSid")
        }
        guard let word = form["MessageStatus"] ?? form["SmsStatus"] ?? form["CallStatus"] else { return [] }
        if word == "received" {
            return [
                .reply(
                    InboundReply(
                        from: Self.bare(form["From"] ?? ""), to: Self.bare(form["To"] ?? ""), text: form["Body"] ?? ""))
            ]
        }
        guard let state = Self.states[word] else { return [] }
        // A call's word is its reason.
        let code = form["ErrorCode"] ?? (form["CallStatus"] != nil ? word : "")
        return Self.failures.events(
            ReceiptStatus(
                message: FormBody(query: callback.url)["m"].flatMap { Int64($0) }.map(MessageID.init(rawValue:)),
                references: [reference], state: state, recipient: form["To"].map(Self.bare)),
            code: code)
    }

    /// 30005: the number exists no more; 30006: a landline.
    static let failures = FailureCodes(
        codes: TwilioAdapter.codes, dead: ["30005", "30006"], stopped: ["21610"])

    private static let states: [String: ReceiptState] = [
        "sent": .sent, "delivered": .delivered, "read": .opened, "undelivered": .undelivered, "failed": .failed,
        "completed": .delivered, "busy": .undelivered, "no-answer": .undelivered, "canceled": .failed,
    ]

    private static func bare(_ address: String) -> String {
        address.hasPrefix("whatsapp:") ? String(address.dropFirst(9)) : address
    }
}
