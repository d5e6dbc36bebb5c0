import Gateway
import HTTPServer

/// Who may read the page of metrics, and whether it has a port of its own.
struct MetricsSettings {
    static let options: [Option] = [
        .value(
            "metrics-address", "ADDRESS:PORT",
            "answer /metrics there too, over plain HTTP (HERALD_METRICS_ADDRESS; default no)"),
        .value(
            "metrics-networks", "NETWORKS",
            "who may read /metrics without a key (HERALD_METRICS_NETWORKS; default this machine; none for nobody)"),
    ]

    let address: ListenAddress?
    private let networks: [IPNetwork]

    init(_ arguments: Arguments) throws {
        address = try arguments.setting("metrics-address", "HERALD_METRICS_ADDRESS")
            .map { try ListenAddress($0, example: 9464) }
        switch arguments.setting("metrics-networks", "HERALD_METRICS_NETWORKS") {
        case nil: networks = MetricsReaders.loopback
        case "none": networks = []
        case let words?: networks = try Arguments.networks(words)
        }
    }

    func readers(behind proxies: [IPNetwork] = []) -> MetricsReaders {
        MetricsReaders(networks: networks, proxies: proxies)
    }
}
