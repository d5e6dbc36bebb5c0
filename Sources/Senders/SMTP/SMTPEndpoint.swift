/// One provider's account as a loop knows it: the identity by which its connections and waiting batches are found.
final class SMTPEndpoint: Sendable {
    let config: SMTPConfig
    let resolver: Resolver

    init(_ config: SMTPConfig, resolver: Resolver = .system) {
        self.config = config
        self.resolver = resolver
    }
}
