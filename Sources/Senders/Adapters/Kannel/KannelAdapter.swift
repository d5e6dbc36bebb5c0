import Crypto
import Domain

/// Kannel, the SMS gateway: its `sendsms` page, one GET a message. Kannel cuts long texts into parts itself, as many
/// as `max-messages` of the `sendsms-user` allows.
///
/// Kannel gives no reference for what it takes: our own number of the message is its reference.
struct KannelAdapter: VendorAdapter {
    static let kind = "kannel"
    static let channels: [Channel] = [.sms]
    static let settings = [
        "username", "password", "from", "smsc", "path", "callback_url", "callback_secret", "base_url",
    ]

    /// Delivered to the phone (1), not delivered (2), refused by the SMSC (16).
    static let reports = 19

    private(set) var transport = HTTPTransport()
    private let url: [UInt8]
    private let from: String
    private let smsc: [UInt8]?
    private let callback: [UInt8]?
    private let secret: KannelSecret?

    init(_ reader: inout ConfigReader) throws(ConfigError) {
        let base = try BaseURL.read(&reader, usual: "http://localhost:13013")
        let path = try reader.plainText("path") ?? "/cgi-bin/sendsms"
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3F && $0 != 0x23 }) else {
            throw ConfigError(setting: reader.place("path"), problem: "must be a path such as /cgi-bin/sendsms")
        }
        var start = RawBytes(capacity: 128)
        start.append(form: "username", Array(try reader.required("username").utf8))
        start.append(form: "password", Array(try reader.required("password").utf8))
        url = base.bytes + Array("\(path)?".utf8) + start.withSpan { span in span.indices.map { span[$0] } }
        from = try reader.plainText("from") ?? ""
        smsc = try reader.plainText("smsc").map { Array($0.utf8) }
        secret = try reader.plainText("callback_secret").map { KannelSecret($0) }
        callback = try reader.callbackURL()
        guard callback == nil || secret != nil else {
            throw ConfigError(
                setting: reader.place("callback_secret"),
                problem: "is missing: Kannel signs nothing, so the receipts' address carries a key made of it")
        }
        transport.host = base.host
        transport.method = "GET"
        transport.hasBody = false
        try transport.read(&reader)
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        let message = source.batch.messages[places.lowerBound]
        request.url.append(url)
        request.url.append(form: "to", source.bytes(message.to))
        let sender = source.sender(of: message, orElse: from)
        if !sender.isEmpty { request.url.append(form: "from", sender) }
        source.with(message.text) { request.url.append(form: "text", $0) }
        request.url.append(form: "charset", Array("UTF-8".utf8))
        let encoding = SegmentCount(of: source.batch.bytes.span.extracting(message.text.range)).encoding
        request.url.append(form: "coding", Array((encoding == .gsm7 ? "0" : "2").utf8))
        // In minutes, begun ones counted.
        if let lifetime = source.batch.lifetime() {
            request.url.append(form: "validity", Array(String((lifetime + 59) / 60).utf8))
        }
        if let smsc { request.url.append(form: "smsc", smsc) }
        if let callback, let secret {
            let id = String(message.id.rawValue)
            // Kannel fills in what begins with a percent sign, so that one of the address's own is doubled.
            let own = (callback + Array(id.utf8)).flatMap { $0 == UInt8(ascii: "%") ? [$0, $0] : [$0] }
            let report = own + Array("&k=".utf8) + secret.key(for: id) + Array("&d=%d&t=%T&a=%A".utf8)
            request.url.append(form: "dlr-mask", Array(String(Self.reports).utf8))
            request.url.append(form: "dlr-url", report)
        }
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        let text = reply.withBody { span in String(decoding: span.indices.prefix(200).map { span[$0] }, as: UTF8.self) }
        if (200..<300).contains(reply.status) {
            guard Self.accepted.contains(where: { text.hasPrefix($0) }) else {
                return [Self.codes.unclear(reply.status)]
            }
            let message = source.batch.messages[places.lowerBound]
            return [.sent(reference: String(message.id.rawValue), cost: nil)]
        }
        return [Self.codes.refusal(reply, code: Self.refusals.first { text.hasPrefix($0) } ?? "")]
    }

    var callbacks: (any CallbackReader)? { secret.map { KannelCallbacks(secret: $0) } }
}

extension KannelAdapter {
    /// Given to an SMSC, or kept until there is one; the third where nothing more is known.
    private static let accepted = ["0: Accepted for delivery", "3: Queued for later delivery", "Sent."]

    /// The texts of Kannel 1.4.5 (gw/smsbox.c), which are all that it tells: they are its codes. A full queue is
    /// `Temporal failure`.
    private static let groups: [(VendorCodes.Meaning, [String])] = [
        (.throttled, ["Temporal failure"]),
        (
            .temporary(ProviderReason.accountRefused),
            ["Authorization failed", "Unknown request", "Wrong sendsms args", "Invalid content-type"]
        ),
        (.temporary(ProviderReason.providerError), ["Sending failed"]),
        (
            .permanent(ProviderReason.invalidRecipient),
            ["Missing receiver", "Empty receiver number not allowed", "Receiver number misformed"]
        ),
        (.permanent(ProviderReason.senderRefused), ["Sender missing"]),
        (.permanent(ProviderReason.routeRefused), ["Not routable", "Number(s) has/have been denied"]),
        (
            .permanent(ProviderReason.contentRefused),
            [
                "Charset or body misformed", "Empty text not allowed", "DLR-URL field misformed",
                "DLR-Mask field misformed", "MClass field misformed", "MWI field misformed", "Coding field misformed",
                "Compress field misformed", "Validity field misformed", "Deferred field misformed",
                "Priority field misformed", "RPI field misformed", "Alt-DCS field misformed",
            ]
        ),
        (.permanent(ProviderReason.tooLarge), ["UDH field is too long", "UDH field misformed"]),
    ]

    static let codes = VendorCodes(kind, groups)
    private static let refusals = groups.flatMap(\.1)
}
