import Domain
import HTTPServer
import Storage

/// `/v1/routes`: which way messages go. Rules for everybody are seen and not touched.
enum RoutingRoutes {
    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            secured.route(.get, "/v1/routes", "listRoutes", scope: .routesRead) { call in
                let page = try Page(call.request)
                let store = store(call)
                let counts = try await store.prefixCounts()
                let found = try await store.rulesWithoutPrefixes()
                    .filter { isSeen($0, call) && $0.rule.id > page.after ?? 0 }.sorted { $0.rule.id < $1.rule.id }
                return .json(
                    page.json(
                        found.prefix(page.limit).map { RuleView.json($0, prefixCount: counts[$0.rule.id] ?? 0) },
                        next: found.count > page.limit ? found[page.limit - 1].rule.id : nil))
            },
            secured.route(.post, "/v1/routes", "addRoute", scope: .routesWrite, body: .whole(limit: 4 << 20)) {
                try await AddRule.handle($0)
            },
            secured.route(.get, "/v1/routes/{id}", "getRoute", scope: .routesRead) { call in
                .json(try await view(try call.number("id"), call))
            },
            secured.route(.delete, "/v1/routes/{id}", "removeRoute", scope: .routesWrite) { call in
                let id = try await own(call)
                guard try await store(call).remove(id, audit: call.audit) else { throw unknown }
                return .nothing
            },
            secured.route(.post, "/v1/routes/{id}/enable", "enableRoute", scope: .routesWrite) {
                try await turn($0, on: true)
            },
            secured.route(.post, "/v1/routes/{id}/disable", "disableRoute", scope: .routesWrite) {
                try await turn($0, on: false)
            },
        ]
    }

    private static let unknown = Problem(.notFound, "There is no such route.")

    static func store(_ call: APICall) -> RouteStore { RouteStore(database: call.database) }

    static func view(_ id: Int64, _ call: APICall) async throws -> JSON {
        guard let route = try await store(call).rules().first(where: { $0.rule.id == id && isSeen($0, call) }) else {
            throw unknown
        }
        return RuleView.json(route, prefixCount: route.rule.prefixes?.count ?? 0, withPrefixes: true)
    }

    private static func isSeen(_ route: StoredRoute, _ call: APICall) -> Bool {
        (route.rule.tenant ?? call.caller.tenant) == call.caller.tenant
    }

    /// The rule in the path, where it is the tenant's own.
    private static func own(_ call: APICall) async throws -> Int64 {
        let id = try call.number("id")
        guard
            let route = try await store(call).rulesWithoutPrefixes().first(where: {
                $0.rule.id == id && isSeen($0, call)
            })
        else { throw unknown }
        guard route.rule.tenant != nil else {
            throw AccessRefusal(rule: "route.shared", text: "the route \(id) is everybody's and not this tenant's own")
        }
        return id
    }

    private static func turn(_ call: APICall, on isOn: Bool) async throws -> HTTPResponse {
        let id = try await own(call)
        guard try await store(call).enable(id, isOn, audit: call.audit) else { throw unknown }
        return .json(try await view(id, call))
    }
}
