import Domain
import HTTPServer
import Jobs
import Storage

/// `/v1/persons`: what somebody may ask an organisation for. The address comes in the body: what stands in a URL is kept in
/// logs, caches and histories on the way, and this is the one answer that is all about one person.
enum PersonRoutes {
    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            secured.route(
                .post, "/v1/persons/export", "exportPerson", scope: .personsRead, body: .whole(limit: 1 << 14)
            ) { try await export($0) }
        ]
    }

    private static func export(_ call: APICall) async throws -> HTTPResponse {
        let (text, channel) = try await call.fields { reader in
            _ = reader.required("recipient")
            return (reader.text("recipient", max: 4096) ?? "", reader.channel())
        }
        let address: AddressReader.Address
        do {
            address = try await AddressReader(call, channel: channel).read(text)
        } catch let rejection as AddressReader.Rejection {
            throw Problem.invalid("/recipient", rejection.rule, rejection.detail)
        }
        guard let tenant = try await call.parties.tenant(named: call.caller.tenantName) else {
            throw Problem(.notFound, "The tenant is gone.")
        }
        try await AuditStore(database: call.database).add([
            AuditEntry("person.export", address.shown, by: call.audit, tenant: tenant.id)
        ])
        let person = PersonExport.Person(tenant: tenant, kind: address.kind, address: address.normal)
        let export = PersonExport(database: call.database, keys: call.keys)
        let now = call.now
        return .chunks(
            headers: [
                ("Content-Type", "application/json"), ("Cache-Control", "no-store"),
                ("Content-Disposition", "attachment; filename=\"person.json\""),
            ]
        ) { writer in _ = try await export.write(person, now: now) { try await writer.write($0) } }
    }
}
