import Domain
import HTTPServer
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// Under what the handlers ask for lies what the database lets them see: one tenant.
@Suite(.database) struct TenantRoleTests {
    /// Every operation with its conditions broken: it asks for another tenant's rows by that tenant's numbers and names,
    /// and the database lets it see its own alone. Whatever ran past the tenants' role would show them.
    @Test func conditionsThatAreBrokenShowNothing() async throws {
        let bench = try await TwoTenants()
        let rival = bench.gateway.rival
        let key = try await bench.gateway.key(Estate.allScopes, of: rival)
        #expect(try await bench.gateway.call("GET", "/v1/sources", key: key).text.contains("rivalmark"))
        let before = try await bench.image()
        try await bench.gateway.database.run { session in
            try session.execute(
                """
                CREATE OR REPLACE FUNCTION current_tenant() RETURNS int LANGUAGE sql STABLE PARALLEL SAFE AS
                $$ SELECT CASE WHEN current_user = 'herald_tenant' THEN \(bench.gateway.acme.tenant.id) END $$
                """)
        }
        for target in RouteProbes.lists {
            let answer = try await bench.gateway.call("GET", target, key: key)
            #expect(!answer.text.contains("rivalmark"), "\(target): \(answer.text)")
        }
        var count = 0
        // What is accepted is committed together, many tenants at once, as the owner.
        for (id, operation) in try TwoTenants.operations() where id != "sendMessages" {
            for probe in RouteProbes.all[id] ?? [] {
                count += 1
                let answer = try await bench.ask(operation.method, probe, of: bench.theirs, key: key)
                // An answer may say the names that it was asked for, and no others.
                let text = bench.theirs.neutral(answer.text)
                #expect(!text.contains("rivalmark"), "\(id) \(probe.target): \(answer.text)")
                let shown = [200, 201, 204].contains(answer.status) && probe.status != 200
                #expect(!shown, "\(id) \(probe.target): \(answer.text)")
            }
        }
        #expect(count > 60)
        let after = try await bench.image()
        #expect(after.differences(from: before).filter { $0 != "api_key" && $0 != "admin_audit" } == [])
    }

    /// Whoever writes a handler and forgets the condition.
    @Test func aHandlersOwnStatementsSeeOneTenant() async throws {
        let bench = try await TwoTenants()
        let secured = SecuredRoutes(services: bench.gateway.services)
        let tables = [
            "source", "template", "campaign", "shard", "message_note", "suppression", "api_key", "webhook_endpoint",
        ]
        let route = secured.route(.get, "/v1/forgetful", "forgetful") { call in
            let counts = try await call.database.run { session in
                let user = try session.query("SELECT current_user::text AS name")[0].text("name")
                return try [user]
                    + tables.map { table in
                        let row = try session.query(
                            "SELECT count(*) AS own, count(*) FILTER (WHERE tenant <> \(call.caller.tenant)) AS other FROM \(table)"
                        )[0]
                        return try "\(row.int("own") > 0) \(row.int("other"))"
                    }
            }
            return .json(.words(counts))
        }
        for party in [bench.gateway.acme, bench.gateway.rival] {
            let key = try await bench.gateway.key([.messagesRead], of: party)
            let request = HTTPRequest(
                method: "GET", rawPath: "/v1/forgetful", headers: HTTPHeaders([("Authorization", "Bearer \(key)")]))
            guard case .bytes(let bytes) = try await route.handler(request, .none).body else {
                Issue.record("no answer")
                return
            }
            let seen = try JSON.parse(bytes).arrayValue?.compactMap(\.stringValue)
            #expect(seen == ["herald_tenant"] + tables.map { _ in "true 0" })
        }
    }
}
