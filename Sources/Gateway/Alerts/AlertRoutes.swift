import Domain
import HTTPServer
import Storage

/// `/v1/alerts`: where the tenant's rates are out of the ordinary, the newest first.
enum AlertRoutes {
    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            secured.route(.get, "/v1/alerts", "listAlerts", scope: .alertsRead) { call in
                let page = try Page(call.request)
                let isOpen: Bool? =
                    switch call.request.parameter("state") {
                    case nil: nil
                    case "open": true
                    case "closed": false
                    default: throw Problem.invalid("state", "choice", "state must be open or closed.")
                    }
                let found = try await store(call).alerts(
                    tenant: call.caller.tenant, isOpen: isOpen, before: page.after, limit: page.limit + 1)
                return .json(
                    page.json(
                        found.prefix(page.limit).map(\.json),
                        next: found.count > page.limit ? found[page.limit - 1].id : nil))
            },
            secured.route(.get, "/v1/alerts/{id}", "getAlert", scope: .alertsRead) { call in
                .json(try await alert(call).json)
            },
            secured.route(.post, "/v1/alerts/{id}/acknowledge", "acknowledgeAlert", scope: .alertsWrite) { call in
                let alert = try await alert(call)
                guard try await store(call).acknowledge(alert.id, audit: call.audit) else {
                    throw Problem(.wrongState, "Somebody looks after it already.")
                }
                return .json(try await self.alert(call).json)
            },
        ]
    }

    private static func store(_ call: APICall) -> AlertStore { AlertStore(database: call.database) }

    private static func alert(_ call: APICall) async throws -> StoredAlert {
        let id = try call.number("id")
        guard let alert = try await store(call).alert(id), alert.tenant == call.caller.tenant else {
            throw Problem(.notFound, "There is no alert \(id).")
        }
        return alert
    }
}
