import Domain
import HTTPServer
import Storage

/// `/v1/audit`: what the tenant's people and keys changed, and what was refused; the newest first.
enum AuditRoutes {
    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            secured.route(.get, "/v1/audit", "listAudit", scope: .auditRead) { call in
                let page = try Page(call.request)
                let found = try await AuditStore(database: call.database).entries(
                    tenant: call.caller.tenant, before: page.after, limit: page.limit + 1)
                return .json(
                    page.json(
                        try found.prefix(page.limit).map(json),
                        next: found.count > page.limit ? found[page.limit - 1].id : nil))
            }
        ]
    }

    private static func json(_ entry: AuditStore.Stored) throws -> JSON {
        [
            "id": .string(String(entry.id)), "at": .time(entry.at), "actor": .string(entry.actor),
            "origin": .string(entry.origin), "action": .string(entry.action), "subject": .string(entry.subject),
            "before": try entry.before.map { try JSON.parse($0) } ?? .null,
            "after": try entry.after.map { try JSON.parse($0) } ?? .null,
        ]
    }
}
