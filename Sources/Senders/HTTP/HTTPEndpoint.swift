/// One configured provider as the curl loop knows it: transfers made for it are kept and used again.
final class HTTPEndpoint: Sendable {
    let config: HTTPProviderConfig
    /// URLs and headers that hold for every message are set once, when a transfer is made.
    let hasConstantURL: Bool
    /// Host and port: providers that share them share the connections that may be open to them.
    let host: String

    init(_ config: HTTPProviderConfig) {
        self.config = config
        host = config.host
        hasConstantURL = config.url.isConstant
    }
}
