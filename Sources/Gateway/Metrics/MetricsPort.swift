import HTTPServer
import Metrics

/// The same page on a port of its own, over plain HTTP: for processes without the API, and for those whose API's port
/// monitoring can't reach.
package enum MetricsPort {
    package static func planner(_ registry: MetricsRegistry, readers: MetricsReaders) -> RoutePlanner {
        let route = Route(.get, "/metrics", operationID: "metrics") { request, _ in
            guard readers.contains(request.client) else {
                return .problem(
                    403, "Metrics are not for this address.",
                    "HERALD_METRICS_NETWORKS says for which networks they are.")
            }
            return await .metrics(of: registry)
        }
        return RoutePlanner(Router([route]))
    }
}

extension HTTPResponse {
    /// What is counted, in the form that Prometheus reads.
    static func metrics(of registry: MetricsRegistry) async -> HTTPResponse {
        HTTPResponse(
            status: 200,
            headers: [
                ("Content-Type", "text/plain; version=0.0.4; charset=utf-8"), ("Cache-Control", "no-store"),
            ], body: .bytes(await registry.page()))
    }
}
