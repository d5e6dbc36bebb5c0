import Domain
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// `/v1/alerts`, and sources that are paused.
@Suite(.database) struct AlertRoutesTests {
    private func alert(_ bench: GatewayBench, tenant: Int64, state: String = "open") async throws -> Int64 {
        try await bench.database.run { session in
            try session.query(
                """
                INSERT INTO alert (rule, rule_name, tenant, source, subject, measure, dimension, direction, opened_at, seen_at, spell,
                                   value, worst, usual, weeks, country, state, closed_at)
                VALUES (1, 'country-spike', $1, (SELECT id FROM source WHERE tenant = $1 LIMIT 1), gen_random_uuid()::text, 'volume',
                        'country', 'rise', now(), now(), 'running quarter', 600, 600, 3, 8, 'AZ', $2,
                        CASE $2 WHEN 'closed' THEN now() END) RETURNING id
                """, [.int(tenant), .text(state)])[0].int("id")
        }
    }

    @Test func alertsAreListedShownAndAcknowledged() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.alertsWrite])
        let first = try await alert(bench, tenant: bench.acme.tenant.id, state: "closed")
        let second = try await alert(bench, tenant: bench.acme.tenant.id)
        let others = try await alert(bench, tenant: bench.rival.tenant.id)
        func ids(_ query: String) async throws -> [String] {
            let answer = try await bench.call("GET", "/v1/alerts\(query)", key: key)
            return (answer["items"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
        }
        #expect(try await ids("") == ["\(second)", "\(first)"])
        #expect(try await ids("?state=open") == ["\(second)"])
        #expect(try await ids("?limit=1") == ["\(second)"])
        #expect(try await bench.call("GET", "/v1/alerts?state=new", key: key).status == 422)
        let shown = try await bench.call("GET", "/v1/alerts/\(second)", key: key)
        #expect(shown["source"]?.stringValue == "checkout" && shown["value"]?.intValue == 600)
        #expect(shown["country"]?.stringValue == "AZ" && shown["acknowledged_by"] == JSON.null)
        for target in ["/v1/alerts/\(others)", "/v1/alerts/999"] {
            #expect(try await bench.call("GET", target, key: key).status == 404)
            #expect(try await bench.call("POST", target + "/acknowledge", key: key).status == 404)
        }
        let seen = try await bench.call("POST", "/v1/alerts/\(second)/acknowledge", key: key)
        #expect(seen.status == 200 && seen["acknowledged_by"]?.stringValue?.hasPrefix("hk_live_") == true)
        #expect(try await bench.call("POST", "/v1/alerts/\(second)/acknowledge", key: key).status == 409)
        let reader = try await bench.key([.alertsRead])
        #expect(try await bench.call("POST", "/v1/alerts/\(first)/acknowledge", key: reader).rule == "scope")
    }

    private static let send = #"{"to":"+6591234567","template":"code","data":{"code":"1"},"category":"#

    @Test func aPausedSourceIsRefusedWithTheWayBack() async throws {
        let bench = try await GatewayBench()
        let sender = try await bench.key([.sendTransactional, .sendOTP, .priorityCritical, .sourcesWrite])
        let parties = PartyStore(database: bench.database, keys: bench.keys)
        try await parties.addSource(tenant: bench.acme.tenant.id, name: "office")
        let all = try await parties.sources(tenant: bench.acme.tenant.id)
        let office = try #require(all.first { $0.name == "office" })
        let admin = try await bench.key([.sourcesWrite], of: (bench.acme.tenant, office))

        let paused = try await bench.call("POST", "/v1/sources/checkout/pause", key: admin)
        #expect(paused.status == 200 && paused["paused"]?["includes_critical"]?.boolValue == false)
        try await bench.run {
            let refused = try await bench.call("POST", "/v1/messages", Self.send + #""transactional"}"#, key: sender)
            #expect(refused.status == 403 && refused.rule == "source.paused", "\(refused.text)")
            #expect(refused["detail"]?.stringValue?.contains("herald source resume checkout --tenant acme") == true)
            // What is urgent goes on until it is said that it doesn't.
            #expect(try await bench.call("POST", "/v1/messages", Self.send + #""otp"}"#, key: sender).status == 202)
            let wider = try await bench.call(
                "POST", "/v1/sources/checkout/pause", #"{"includes_critical":true}"#, key: admin)
            #expect(wider["paused"]?["includes_critical"]?.boolValue == true)
            #expect(
                try await bench.call("POST", "/v1/messages", Self.send + #""otp"}"#, key: sender).rule
                    == "source.paused")

            let itself = try await bench.call("POST", "/v1/sources/checkout/resume", key: sender)
            #expect(itself.status == 409, "\(itself.text)")
            let resumed = try await bench.call("POST", "/v1/sources/checkout/resume", key: admin)
            #expect(resumed.status == 200 && resumed["paused"] == JSON.null)
            #expect(try await bench.call("POST", "/v1/sources/checkout/resume", key: admin).status == 409)
            #expect(
                try await bench.call("POST", "/v1/messages", Self.send + #""transactional"}"#, key: sender).status
                    == 202)
        }
        let actions = try await AuditStore(database: bench.database).entries(tenant: bench.acme.tenant.id).map(\.action)
        #expect(
            actions.filter { $0 == "source.pause" || $0 == "source.resume" }.sorted()
                == ["source.pause", "source.pause", "source.resume"])
    }
}
