import Domain
import HTTPServer
import Storage

/// What machines that look after the gateway ask: without a key, and without telling anything about anybody.
enum OperationRoutes {
    static func routes(_ services: GatewayServices) -> [Route] {
        [
            // The process answers: that is all it says.
            Route(.get, "/livez", operationID: "livez") { _, _ in .text(200, "alive\n") },
            // Whether requests are well placed here.
            Route(.get, "/readyz", operationID: "readyz") { _, _ in
                do {
                    try await services.database.run { session in try session.execute("SELECT 1") }
                    return .text(200, "ready\n")
                } catch {
                    return .text(503, "the database does not answer\n").adding([("Retry-After", "1")])
                }
            },
        ]
    }
}
