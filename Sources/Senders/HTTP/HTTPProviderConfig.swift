import Domain

/// How to talk to one provider over HTTP: what a request looks like, what its reply means, and how long
/// to wait. Parsed from JSON (`HTTPProviderConfig+Parsing.swift` lists the settings); immutable.
package struct HTTPProviderConfig: Sendable, Hashable {
    struct Header: Sendable, Hashable {
        var name: String
        var value: RequestTemplate
    }

    enum Version: String, Sendable, Hashable, CaseIterable {
        case one = "1.1"
        case two = "2"
    }

    var url = RequestTemplate()
    /// Host and port of the url, in lower case, the port always there.
    var host = ""
    var method = "POST"
    var headers: [Header] = []
    /// Nil for requests without a body.
    var body: RequestTemplate?
    var rules = ReplyRules.standard
    /// From the request's turn to the connection standing, TLS included.
    var connectTimeout: Duration = .seconds(5)
    /// From the request's turn to the first byte of the reply.
    var firstByteTimeout: Duration = .seconds(15)
    /// From the request's turn to the end of the reply.
    var totalTimeout: Duration = .seconds(30)
    /// Requests under way at a time, over all batches. The loop's connections for each host are the upper limit.
    var concurrency = 128
    var maxReply = 64 << 10
    var version = Version.one
    /// Certificates to trust instead of the system's.
    var caFile: String?
}
