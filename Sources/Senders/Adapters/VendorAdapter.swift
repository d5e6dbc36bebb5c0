import Domain

/// An adapter for one vendor's API, made from an account's settings. Each is a small file: how a message becomes
/// a request, how a reply becomes outcomes (with a table of the vendor's codes), how callbacks are verified and read.
protocol VendorAdapter: HTTPAdapter {
    /// The word in `provider add --kind`.
    static var kind: String { get }
    static var channels: [Channel] { get }
    /// The names of its settings, besides those of every provider over HTTP.
    static var settings: [String] { get }
    init(_ reader: inout ConfigReader) throws(ConfigError)
    /// Nil where the vendor calls nobody back.
    var callbacks: (any CallbackReader)? { get }
}

extension VendorAdapter {
    var callbacks: (any CallbackReader)? { nil }

    /// Takes the settings as they are stored; what nobody knows is a mistake.
    init(json text: String) throws(ConfigError) {
        guard let object = (try? JSON.parse(text))?.objectValue else {
            throw ConfigError(setting: "", problem: "must be a JSON object")
        }
        var reader = ConfigReader(object)
        try self.init(&reader)
        try reader.finish(known: Self.settings + HTTPTransport.known)
    }
}
