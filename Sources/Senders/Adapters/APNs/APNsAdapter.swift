import Crypto
import Domain

/// Apple's push service over HTTP/2, with a provider token made from the team's key.
///
/// The message's own id becomes the `apns-id`, so that what Apple says of it later finds it, and the collapse id, so
/// that a message that had to be sent twice shows once. Apple ties a connection to the team and the key that used
/// it first, so each account has connections of its own.
struct APNsAdapter: VendorAdapter {
    enum Environment: String, Sendable, CaseIterable {
        case production, sandbox

        var url: String {
            switch self {
            case .production: "https://api.push.apple.com"
            case .sandbox: "https://api.sandbox.push.apple.com"
            }
        }
    }

    static let kind = "apns"
    static let channels: [Channel] = [.push]
    static let settings = ["key", "key_id", "team_id", "topic", "environment", "base_url"]

    private(set) var transport = HTTPTransport()
    let credentials: (any CredentialSource)?
    private let url: [UInt8]
    private let topic: [UInt8]
    private let clock: CredentialClock

    init(_ reader: inout ConfigReader) throws(ConfigError) { try self.init(&reader, clock: CredentialClock()) }

    init(_ reader: inout ConfigReader, clock: CredentialClock) throws(ConfigError) {
        self.clock = clock
        let environment: Environment = try reader.choice("environment") ?? .production
        let base = try BaseURL.read(&reader, usual: environment.url)
        url = base.bytes + Array("/3/device/".utf8)
        topic = Array(try reader.required("topic", such: "com.example.app").utf8)
        let token = APNsProviderToken(
            key: try reader.signingKey("key", .p256), keyID: try reader.required("key_id", such: "ABC123DEFG"),
            teamID: try reader.required("team_id", such: "DEF123GHIJ"), clock: clock)
        credentials = TokenCache(leastAge: APNsProviderToken.leastAge, clock: clock) { _ in token.make() }
        transport.host = base.host
        transport.version = .two
        try transport.read(&reader)
        guard transport.version == .two else {
            throw ConfigError(setting: reader.place("http_version"), problem: "must be \"2\": Apple speaks no other")
        }
        transport.hasOwnConnections = true
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        let message = source.batch.messages[places.lowerBound]
        let category = source.batch.category
        let key = source.idempotencyKey(message)
        request.url.append(url)
        source.with(message.to) { request.url.append($0, escaping: .percent) }
        request.header("authorization", source.credential)
        request.header("apns-id", APNsID.of(key))
        request.header("apns-push-type", Array("alert".utf8))
        request.header("apns-priority", Array((category.isUrgent ? "10" : "5").utf8))
        let now = clock.date()
        let expiration = now.micros / 1_000_000 + source.batch.pushLifetime(at: now)
        request.header("apns-expiration") { $0.append(decimal: expiration) }
        request.header("apns-topic", topic)
        // Apple takes 64 bytes; a longer one would have the message refused.
        if key.count <= 64 { request.header("apns-collapse-id", key) }
        request.header("content-type", Array("application/json".utf8))
        writePayload(message, of: source, to: &request.body)
    }

    private func writePayload(_ message: MessageBatch.Message, of source: RequestSource, to body: inout RawBytes) {
        body.append(#"{"aps":{"alert":{"#)
        if !message.subject.isEmpty {
            body.append(#""title":"#)
            source.with(message.subject) { body.append(json: $0) }
            body.append(",")
        }
        body.append(#""body":"#)
        source.with(message.text) { body.append(json: $0) }
        body.append(#"},"sound":"default"}"#)
        for (name, value) in PushData.members(message, of: source) where name != "aps" {
            body.append(",")
            body.append(json: name)
            body.append(":" + value.text)
        }
        body.append("}")
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        if reply.status == 200 {
            return [Self.codes.accepted(reply.header("apns-id")?.lowercased(), status: reply.status)]
        }
        let reason = reply.json?["reason"]?.stringValue ?? ""
        // The token is younger than Apple allows, and stays the same meanwhile.
        if reason == "TooManyProviderTokenUpdates" { return [.throttled(after: reply.retryAfter ?? .seconds(60))] }
        return [Self.codes.refusal(reply, code: reason.isPlainCode ? reason : "")]
    }

    func refusesCredentials(_ reply: borrowing HTTPReply) -> Bool {
        guard reply.status == 403, let reason = reply.json?["reason"]?.stringValue else { return false }
        return reason == "ExpiredProviderToken" || reason == "InvalidProviderToken"
    }
}
