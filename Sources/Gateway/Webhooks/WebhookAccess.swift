import Domain
import Storage

/// Which endpoints a key has to do with: all of its tenant where it may read all messages, else those of its own
/// source. What an endpoint is told must not be more than its maker could have asked for.
struct WebhookAccess {
    let call: APICall
    let store: WebhookStore

    init(_ call: APICall) {
        self.call = call
        store = WebhookStore(database: call.database)
    }

    var seesAll: Bool { call.caller.sight == .tenant }

    func visible() async throws -> [WebhookEndpoint] {
        try await store.endpoints(tenant: call.caller.tenant, source: seesAll ? nil : call.caller.source)
    }

    /// The one in the path.
    func endpoint() async throws -> WebhookEndpoint {
        try await endpoint(try call.number("id"))
    }

    func endpoint(_ id: Int64) async throws -> WebhookEndpoint {
        guard id <= Int64(Int32.max), let found = try await store.endpoint(id), found.tenant == call.caller.tenant,
            seesAll || found.source == call.caller.source
        else { throw unknown }
        return found
    }

    var unknown: Problem { Problem(.notFound, "There is no such webhook.") }
}
