import Gateway
import HTTPServer
import Metrics

/// The port of the metrics alone, where one was asked for.
struct MetricsServer {
    private let server: HTTPServer

    /// Nil where none was asked for.
    init?(_ settings: MetricsSettings, registry: MetricsRegistry, screen: Screen) throws {
        guard let address = settings.address else { return nil }
        var options = HTTPServer.Options()
        options.address = address.host
        options.port = address.port
        options.maxConnections = 64
        do {
            server = try HTTPServer(options, MetricsPort.planner(registry, readers: settings.readers()))
        } catch {
            throw CommandError.failed("\(error)")
        }
        screen.note("Metrics are at http://\(address.shown(port: server.port))/metrics.")
    }

    func stop() { server.stop(grace: .seconds(1)) }
}
