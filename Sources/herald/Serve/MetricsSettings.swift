import Foundation
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

    let address: (host: String, port: UInt16)?
    private let networks: [IPNetwork]

    init(_ arguments: Arguments) throws {
        func setting(_ option: String, _ variable: String) -> String? {
            arguments.text(option) ?? arguments.environment[variable].flatMap { $0.isEmpty ? nil : $0 }
        }
        address = try setting("metrics-address", "HERALD_METRICS_ADDRESS").map { text in
            guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
                throw CommandError.usage("“\(text)” is no address and port; write 127.0.0.1:9464 or [::]:9464.")
            }
            return (text[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]")), port)
        }
        switch setting("metrics-networks", "HERALD_METRICS_NETWORKS") {
        case nil: networks = MetricsReaders.loopback
        case "none": networks = []
        case let words?:
            networks = try words.split(separator: ",").map { word in
                guard let network = IPNetwork(word.trimmingCharacters(in: .whitespaces)) else {
                    throw CommandError.usage("“\(word)” is no address and no network; write 10.0.0.5 or 10.0.0.0/8.")
                }
                return network
            }
        }
    }

    func readers(behind proxies: [IPNetwork] = []) -> MetricsReaders {
        MetricsReaders(networks: networks, proxies: proxies)
    }
}
