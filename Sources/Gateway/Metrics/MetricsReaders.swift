import HTTPServer

/// Who reads the page of metrics without a key: clients of these networks. A proxy is never meant, because it stands for
/// clients that it may not have named.
package struct MetricsReaders: Sendable {
    package static let loopback = ["127.0.0.0/8", "::1"].compactMap { IPNetwork($0) }

    private let networks: [IPNetwork]
    private let proxies: [IPNetwork]

    package init(networks: [IPNetwork] = loopback, proxies: [IPNetwork] = []) {
        self.networks = networks
        self.proxies = proxies
    }

    package func contains(_ client: IPAddress) -> Bool {
        networks.contains { $0.contains(client) } && !proxies.contains { $0.contains(client) }
    }
}
