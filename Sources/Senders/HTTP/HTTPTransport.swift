import Domain

/// How to reach a provider over HTTP, whatever is said there: limits of time, size and number.
package struct HTTPTransport: Sendable, Hashable {
    enum Version: String, Sendable, Hashable, CaseIterable {
        case one = "1.1"
        case two = "2"
    }

    /// Host and port, in lower case, the port always there: providers that share them share connections.
    var host = ""
    var method = "POST"
    var hasBody = true
    /// From the request's turn to the connection standing, TLS included.
    var connectTimeout: Duration = .seconds(5)
    /// From the request's turn to the first byte of the reply.
    var firstByteTimeout: Duration = .seconds(15)
    /// From the request's turn to the end of the reply.
    var totalTimeout: Duration = .seconds(30)
    /// Requests under way at a time, over all batches. Over HTTP/1.1 each takes a connection, and the loop's
    /// connections for each host are the upper limit; over HTTP/2 they are streams of one connection, and of more where
    /// there are more than the server allows on one.
    var concurrency = 128
    var maxReply = 64 << 10
    var version = Version.one
    /// Shares its connections with no other provider: for vendors who tie a connection to the account that used it first.
    var hasOwnConnections = false
    /// Certificates to trust instead of the system's.
    var caFile: String?
    /// May stand on a private address. Nothing else may: a provider's settings must not open the own network.
    var isInternal = false
    /// Further networks that it may stand in, private ones among them.
    var networks: [NetworkRange] = []
    /// Whether it may stand in the open internet; otherwise only in those networks.
    var mayBePublic = true
}

extension HTTPTransport {
    /// What every server of HTTP/2 should allow on a connection (RFC 9113, 6.5.2).
    private static let usualStreams = 100

    static let known = [
        "connect_timeout_ms", "first_byte_timeout_ms", "timeout_ms", "concurrency", "max_reply_bytes", "http_version",
        "ca_file", "internal",
    ]

    /// The settings that every provider over HTTP has.
    mutating func read(_ reader: inout ConfigReader) throws(ConfigError) {
        let wait = 1...600_000
        totalTimeout = try reader.milliseconds("timeout_ms", in: wait) ?? totalTimeout
        firstByteTimeout =
            try reader.milliseconds("first_byte_timeout_ms", in: wait) ?? min(firstByteTimeout, totalTimeout)
        connectTimeout = try reader.milliseconds("connect_timeout_ms", in: wait) ?? min(connectTimeout, totalTimeout)
        maxReply = try reader.integer("max_reply_bytes", in: 1...(16 << 20)) ?? maxReply
        version = try reader.choice("http_version") ?? version
        if version == .two { concurrency = min(concurrency, Self.usualStreams) }
        concurrency = try reader.integer("concurrency", in: 1...1000) ?? concurrency
        caFile = try reader.text("ca_file")
        isInternal = try reader.flag("internal") ?? isInternal
    }
}
