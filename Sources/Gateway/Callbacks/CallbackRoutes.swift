import HTTPServer

/// `/v1/callbacks/{provider}`: where providers tell what became of messages. A provider proves itself by its signature,
/// so no key is asked for.
enum CallbackRoutes {
    private static let bodyLimit = 2 << 20

    static func routes(_ services: GatewayServices) -> [Route] {
        [
            Route(.post, "/v1/callbacks/{provider}", operationID: "postCallback", body: .whole(limit: bodyLimit)) {
                try await CallbackDoor(services: services).answer($0, provider: $1["provider"] ?? "")
            },
            // Some vendors call with GET: to ask whether it is us, or with everything in the query.
            Route(.get, "/v1/callbacks/{provider}", operationID: "getCallback") {
                try await CallbackDoor(services: services).answer($0, provider: $1["provider"] ?? "")
            },
        ]
    }
}
