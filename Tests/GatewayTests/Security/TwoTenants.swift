import Domain
import Storage

@testable import Gateway

/// Two tenants with one thing of each sort, and a key of one of them that may do everything: for requests that walk the
/// document.
struct TwoTenants {
    let gateway: GatewayBench
    let own: Estate
    let theirs: Estate
    /// Of the tenant that asks: it may do everything.
    let key: String

    /// Nothing is sent any more: what a request changes is what is seen.
    init() async throws {
        let gateway = try await GatewayBench()
        self = try await gateway.run { try await Self(running: gateway) }
    }

    private init(running gateway: GatewayBench) async throws {
        self.gateway = gateway
        own = try await Estate.make(gateway, of: gateway.acme, mark: "ownmark", address: "+6591250567")
        theirs = try await Estate.make(gateway, of: gateway.rival, mark: "rivalmark", address: "+6591230567")
        key = try await gateway.key(Estate.allScopes)
    }

    /// While messages are taken in and sent.
    static func running(_ body: @Sendable (TwoTenants) async throws -> Void) async throws {
        let gateway = try await GatewayBench()
        try await gateway.run { try await body(Self(running: gateway)) }
    }

    func ask(
        _ method: String, _ probe: RouteProbes.Probe, of estate: Estate,
        headers: [(name: String, value: String)] = [], query: String = "", key: String? = nil
    ) async throws -> GatewayBench.Answer {
        let target = estate.filled(probe.target)
            .replacing("+", with: "%2B")
        return try await gateway.call(
            method, target + (query.isEmpty ? "" : (target.contains("?") ? "&" : "?") + query),
            estate.filled(probe.body), key: key ?? self.key,
            headers: [(name: "Content-Type", value: probe.type)] + headers)
    }

    func image() async throws -> TenantImage {
        try await TenantImage.take(gateway.rival.tenant.id, gateway.database)
    }

    // MARK: The document

    static func operations() throws -> [(id: String, operation: APIDocument.Operation)] {
        APIDocument.operations(try APIDocument.parsed()).compactMap { operation in
            operation.json["operationId"]?.stringValue.map { ($0, operation) }
        }
    }

    /// A path with the asker's own things in it.
    static func ownPath(_ path: String) -> String {
        let sorts: [String: Estate.Thing] = [
            "templates": .template, "sources": .source, "keys": .key, "providers": .provider, "routes": .route,
            "campaigns": .campaign, "messages": .message, "permits": .permit, "webhooks": .webhook,
        ]
        var parts: [Substring] = []
        for part in path.split(separator: "/") {
            guard part.hasPrefix("{"), let sort = parts.last.flatMap({ sorts[String($0)] }) else {
                parts.append(part)
                continue
            }
            parts.append(sort.token[...])
        }
        return "/" + parts.joined(separator: "/")
    }
}
