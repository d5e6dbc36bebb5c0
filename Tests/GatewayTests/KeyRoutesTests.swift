import Domain
import Jobs
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// `/v1/keys`: nobody gets more by making a key than he has.
@Suite(.database) struct KeyRoutesTests {
    @Test func aKeyIsMadeUsedRotatedAndEnded() async throws {
        let bench = try await GatewayBench()
        let own = try await bench.key([.keysWrite, .templatesRead])
        let made = try await bench.call(
            "POST", "/v1/keys", #"{"source":"checkout","scopes":["templates:read"]}"#, key: own)
        #expect(made.status == 201, "\(made.text)")
        let first = try #require(made["secret_key"]?.stringValue)
        let id = try #require(made["id"]?.stringValue)
        #expect(try await bench.call("GET", "/v1/templates", key: first).status == 200)
        let shown = try await bench.call("GET", "/v1/keys/\(id)", key: own)
        #expect(shown.status == 200 && shown["secret_key"] == nil && !shown.text.contains(first))

        let rotated = try await bench.call(
            "POST", "/v1/keys/hk_live_\(id)/rotate", #"{"overlap_seconds":3600}"#, key: own)
        let second = try #require(rotated["secret_key"]?.stringValue)
        for key in [first, second] { #expect(try await bench.call("GET", "/v1/templates", key: key).status == 200) }
        #expect(try await bench.call("DELETE", "/v1/keys/\(id)", key: own).status == 204)
        for key in [first, second] { #expect(try await bench.call("GET", "/v1/templates", key: key).status == 401) }
        #expect(try await bench.call("DELETE", "/v1/keys/\(id)", key: own).status == 409)
        #expect(try await bench.call("POST", "/v1/keys/\(id)/rotate", key: own).status == 409)
    }

    @Test func aKeyMakesNoneThatMayDoMore() async throws {
        let bench = try await GatewayBench()
        let own = try await bench.key([.keysWrite, .templatesRead])
        for scopes in [["send:otp"], ["admin"], ["keys:*", "templates:write"]] {
            let body = #"{"source":"checkout","scopes":["\#(scopes.joined(separator: "\",\""))"]}"#
            let answer = try await bench.call("POST", "/v1/keys", body, key: own)
            #expect(answer.status == 403 && answer.rule == "key.scopes", "\(answer.text)")
        }
        // Managing everything is not sending anything.
        let admin = try await bench.key([.admin])
        let send = try await bench.call("POST", "/v1/keys", #"{"source":"checkout","scopes":["send:otp"]}"#, key: admin)
        #expect(send.status == 403)
        // Who rotates a key would know it.
        let sender = try await bench.key([.sendOTP])
        let name = sender.split(separator: "_")[2]
        #expect(try await bench.call("POST", "/v1/keys/\(name)/rotate", key: admin).rule == "key.scopes")
        let test = try await bench.key([.keysWrite], isTest: true)
        let live = try await bench.call("POST", "/v1/keys", #"{"source":"checkout","scopes":["keys:read"]}"#, key: test)
        #expect(live.status == 403 && live.rule == "key.test")
    }

    @Test func aKeyThatEndsMakesNoneThatOutlivesIt() async throws {
        let bench = try await GatewayBench()
        let token = APIKeyToken.make(isTest: false)
        var draft = AccessStore.Draft(token: token, source: bench.acme.source, scopes: [.keysWrite])
        let end = Timestamp.now + .seconds(3600)
        draft.expiresAt = end
        try await AccessStore(database: bench.database).add(draft, audit: AuditOrigin(actor: "test", origin: "test"))
        bench.services.access.forget()
        let own = String(decoding: token.text, as: UTF8.self)
        let made = try await bench.call("POST", "/v1/keys", #"{"source":"checkout","scopes":["keys:read"]}"#, key: own)
        #expect(made.status == 201 && made["expires_at"]?.stringValue == end.description, "\(made.text)")
        let later = (end + .seconds(60)).description
        let refused = try await bench.call(
            "POST", "/v1/keys", #"{"source":"checkout","scopes":["keys:read"],"expires_at":"\#(later)"}"#, key: own)
        #expect(refused.status == 403 && refused.rule == "key.expiry")
    }

    @Test func anotherTenantsKeysAndSourcesAreNotThere() async throws {
        let bench = try await GatewayBench()
        let own = try await bench.key([.keysRead])
        let rival = try await bench.key([.admin], of: bench.rival)
        let name = own.split(separator: "_")[2]
        for (method, target) in [
            ("GET", "/v1/keys/\(name)"), ("DELETE", "/v1/keys/\(name)"), ("POST", "/v1/keys/\(name)/rotate"),
        ] { #expect(try await bench.call(method, target, key: rival).status == 404) }
        let list = try await bench.call("GET", "/v1/keys", key: rival)
        #expect(!list.text.contains(name))
        let parties = PartyStore(database: bench.database, keys: bench.keys)
        try await parties.addSource(tenant: bench.acme.tenant.id, name: "billing")
        let made = try await bench.call("POST", "/v1/keys", #"{"source":"billing","scopes":["keys:read"]}"#, key: rival)
        #expect(made.status == 422 && made.field == "/source")
    }

    @Test func sourcesAreMadePermittedLimitedAndRemoved() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sourcesWrite, .auditRead])
        #expect(try await bench.call("POST", "/v1/sources", #"{"name":"billing"}"#, key: key).status == 201)
        #expect(try await bench.call("POST", "/v1/sources", #"{"name":"billing"}"#, key: key).status == 409)
        let permit = try await bench.call(
            "POST", "/v1/sources/billing/permits", #"{"categories":["otp"],"countries":["SG"],"channels":["sms"]}"#,
            key: key)
        #expect(permit.status == 201 && permit["categories"]?.arrayValue?.count == 1, "\(permit.text)")
        let limited = try await bench.call(
            "PUT", "/v1/sources/billing/limits", #"{"rate":{"per_second":5},"per_day":100}"#, key: key)
        #expect(limited["limits"]?["per_day"]?.intValue == 100, "\(limited.text)")
        #expect(limited["permits"]?.arrayValue?.count == 1)
        let id = try #require(permit["id"]?.stringValue)
        #expect(try await bench.call("DELETE", "/v1/sources/billing/permits/\(id)", key: key).status == 409)
        #expect(try await bench.call("DELETE", "/v1/sources/billing/permits/\(id)?open=true", key: key).status == 204)
        let rival = try await bench.key([.sourcesWrite], of: bench.rival)
        #expect(try await bench.call("DELETE", "/v1/sources/billing", key: rival).status == 404)
        #expect(try await bench.call("DELETE", "/v1/sources/checkout", key: key).status == 409)
        #expect(try await bench.call("DELETE", "/v1/sources/billing", key: key).status == 204)
        let audit = try await bench.call("GET", "/v1/audit?limit=3", key: key)
        #expect(
            audit["items"]?.arrayValue?.compactMap { $0["action"]?.stringValue }
                == ["source.remove", "source.forbid", "source.limit"])
        #expect(audit["next_cursor"]?.stringValue != nil)
    }
}
