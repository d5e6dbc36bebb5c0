import Crypto
import Domain

/// Firebase Cloud Messaging over its HTTP v1 API, one request a message, for Android, Apple and web tokens.
///
/// The message's own key is the notification's tag: a message that had to be sent twice shows once.
struct FCMAdapter: VendorAdapter {
    static let kind = "fcm"
    static let channels: [Channel] = [.push]
    static let settings = ["service_account", "project_id", "token_uri", "base_url"]

    private(set) var transport = HTTPTransport()
    let credentials: (any CredentialSource)?
    private let url: [UInt8]
    private let clock: CredentialClock

    init(_ reader: inout ConfigReader) throws(ConfigError) { try self.init(&reader, clock: CredentialClock()) }

    init(_ reader: inout ConfigReader, clock: CredentialClock) throws(ConfigError) {
        self.clock = clock
        let base = try BaseURL.read(&reader, usual: "https://fcm.googleapis.com")
        let account = try ServiceAccount(&reader, base: base)
        url = base.bytes + Array("/v1/projects/\(account.project)/messages:send".utf8)
        transport.host = base.host
        transport.version = .two
        try transport.read(&reader)
        var place = transport
        place.host = account.tokenURL.host
        place.version = .one
        let token = GoogleAccessToken(account: account, transport: place, clock: clock)
        credentials = TokenCache(leastAge: .seconds(10), clock: clock) { await token.fetch(over: $0) }
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        let message = source.batch.messages[places.lowerBound]
        request.url.append(url)
        request.header("Authorization", source.credential)
        request.header("Content-Type", Array("application/json".utf8))
        request.body.append(#"{"message":{"token":"#)
        source.with(message.to) { request.body.append(json: $0) }
        writeNotification(message, of: source, to: &request.body)
        writeData(message, of: source, to: &request.body)
        writePlatforms(message, of: source, to: &request.body)
        request.body.append("}}")
    }

    private func writeNotification(
        _ message: MessageBatch.Message, of source: RequestSource, to body: inout RawBytes
    ) {
        body.append(#","notification":{"#)
        if !message.subject.isEmpty {
            body.append(#""title":"#)
            source.with(message.subject) { body.append(json: $0) }
            body.append(",")
        }
        body.append(#""body":"#)
        source.with(message.text) { body.append(json: $0) }
        body.append("}")
    }

    private func writeData(_ message: MessageBatch.Message, of source: RequestSource, to body: inout RawBytes) {
        let data = PushData.members(message, of: source)
        guard !data.isEmpty else { return }
        body.append(#","data":{"#)
        for (index, (key, value)) in data.enumerated() {
            if index > 0 { body.append(",") }
            body.append(json: key)
            body.append(":")
            body.append(json: PushData.text(value))
        }
        body.append("}")
    }

    /// How urgent it is and how long it makes sense, said in each platform's own way.
    private func writePlatforms(_ message: MessageBatch.Message, of source: RequestSource, to body: inout RawBytes) {
        let category = source.batch.category
        let key = source.idempotencyKey(message)
        let now = clock.date()
        let lifetime = source.batch.pushLifetime(at: now)
        body.append(#","android":{"priority":"# + (category.isUrgent ? #""high""# : #""normal""#))
        body.append(#","ttl":""#)
        body.append(decimal: lifetime)
        body.append(#"s","notification":{"tag":"#)
        body.append(json: key)
        body.append(#"}},"apns":{"headers":{"apns-priority":"# + (category.isUrgent ? #""10""# : #""5""#))
        body.append(#","apns-expiration":""#)
        body.append(decimal: now.micros / 1_000_000 + lifetime)
        body.append(#"","apns-collapse-id":"#)
        body.append(json: key)
        body.append(#"},"payload":{"aps":{"sound":"default"}}},"webpush":{"headers":{"TTL":""#)
        body.append(decimal: lifetime)
        body.append(#"","Urgency":"# + (category.isUrgent ? #""high""# : #""normal""#) + "}}")
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        let json = reply.json
        if reply.status == 200 {
            return [Self.codes.accepted(json?["name"]?.stringValue, status: reply.status)]
        }
        return [FCMError(json).outcome(status: reply.status, retryAfter: reply.retryAfter)]
    }

    /// A 401 that speaks of Apple's credentials says nothing of ours.
    func refusesCredentials(_ reply: borrowing HTTPReply) -> Bool {
        reply.status == 401 && FCMError(reply.json).code != "THIRD_PARTY_AUTH_ERROR"
    }
}
