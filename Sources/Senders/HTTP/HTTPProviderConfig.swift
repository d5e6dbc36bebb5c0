import Domain

/// How to talk to one provider over HTTP: what a request looks like, what its reply means, and how long
/// to wait. Parsed from JSON (`HTTPProviderConfig+Parsing.swift` lists the settings); immutable.
package struct HTTPProviderConfig: Sendable, Hashable {
    struct Header: Sendable, Hashable {
        var name: String
        var value: RequestTemplate
        /// The name with its colon, as every request begins the line.
        var line: [UInt8]

        init(name: String, value: RequestTemplate) {
            self.name = name
            self.value = value
            line = Array("\(name):".utf8)
        }
    }

    var url = RequestTemplate()
    var headers: [Header] = []
    /// Nil for requests without a body.
    var body: RequestTemplate?
    var rules = ReplyRules.standard
    var transport = HTTPTransport()
}
