import Domain
import HTTPServer
import Metrics
import Storage

/// `GET /metrics`: what this process counts, for Prometheus. It tells of all tenants together, so a tenant's key does
/// not open it: the client's network does, or a key with a scope that only the operator gives.
enum MetricsRoutes {
    static func routes(_ services: GatewayServices) -> [Route] {
        [
            Route(.get, "/metrics", operationID: "metrics") { request, _ in
                let metrics = services.metrics
                if metrics.readers.contains(request.client) { return await .metrics(of: metrics.registry) }
                guard request.headers["authorization"] != nil else {
                    throw Problem(
                        .unauthorized,
                        "Metrics are for the networks of --metrics-networks, and for keys with the scope metrics:read.")
                }
                let caller = try await SecuredRoutes.caller(of: request, services)
                try caller.require(.metricsRead)
                guard request.isSecure else { throw GatewayAPI.needsHTTPS }
                var response = await HTTPResponse.metrics(of: metrics.registry)
                response.tell(caller)
                return response
            }
        ]
    }
}
