import Domain
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// `/v1/providers` and `/v1/routes`.
@Suite(.database) struct ProviderRoutesTests {
    @Test func anOwnAccountIsMadeAndItsCredentialsAreNeverShown() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.providersWrite])
        let added = try await bench.call(
            "POST", "/v1/providers",
            #"{"name":"telco","kind":"http","settings":{"url":"https://api.example.com/send","headers":{"Authorization":"Bearer s3cret"},"json":{"to":"{{to}}","text":"{{text}}"},"sent":[{"status":200}]}}"#,
            key: key)
        #expect(added.status == 201, "\(added.text)")
        let shown = try await bench.call("GET", "/v1/providers/telco", key: key)
        #expect(shown["shared"]?.boolValue == false && !shown.text.contains("s3cret"))
        let list = try await bench.call("GET", "/v1/providers", key: key)
        #expect(list["items"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == ["sand", "telco"])
        let out = try await bench.call("POST", "/v1/providers/telco/out", key: key)
        #expect(out["out_since"]?.stringValue != nil)
        #expect(try await bench.call("POST", "/v1/providers/telco/in", key: key)["out_since"]?.isNull == true)
        let rival = try await bench.key([.providersWrite], of: bench.rival)
        for (method, target) in [
            ("GET", "/v1/providers/telco"), ("DELETE", "/v1/providers/telco"), ("POST", "/v1/providers/telco/out"),
        ] { #expect(try await bench.call(method, target, key: rival).status == 404) }
        // What everybody sends through, a tenant can't take from the others.
        for (method, target) in [("DELETE", "/v1/providers/sand"), ("POST", "/v1/providers/sand/out")] {
            let refused = try await bench.call(method, target, key: key)
            #expect(refused.status == 403 && refused.rule == "provider.shared")
        }
        #expect(try await bench.call("DELETE", "/v1/providers/telco", key: key).status == 204)
    }

    /// Neither the machine's files nor its network can be reached by an account that a tenant made.
    @Test(arguments: [#"{"internal":true}"#, #"{"ca_file":"/etc/passwd"}"#])
    func whatReachesIntoTheMachineIsRefused(settings: String) async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.providersWrite])
        let answer = try await bench.call(
            "POST", "/v1/providers", #"{"name":"x","kind":"http","settings":\#(settings)}"#, key: key)
        #expect(answer.status == 422 && answer.rule == "forbidden", "\(answer.text)")
    }

    @Test(arguments: [
        (#"{"price":"0.05","currency":"QQQ"}"#, 422), (#"{"price":"0.05","currency":"UDS"}"#, 422),
        (#"{"price":"0.05","currency":"SGD"}"#, 201),
    ]) func itsCurrencyIsOneInUse(settings: String, status: Int) async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.providersWrite])
        let answer = try await bench.call(
            "POST", "/v1/providers", #"{"name":"x","kind":"sandbox","settings":\#(settings)}"#, key: key)
        #expect(
            answer.status == status && (status == 201 || answer.text.contains("no currency in use")), "\(answer.text)")
    }

    @Test func aRuleOfTheTenantsOwnIsMadeTurnedAndRemoved() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.routesWrite])
        let added = try await bench.call(
            "POST", "/v1/routes",
            #"{"channel":"sms","countries":["SG"],"sources":["checkout"],"order":5,"providers":[{"name":"sand","weight":3}]}"#,
            key: key)
        #expect(added.status == 201 && added["choice"]?.stringValue == "weight", "\(added.text)")
        let id = try #require(added["id"]?.stringValue)
        let list = try await bench.call("GET", "/v1/routes", key: key)
        #expect(list["items"]?.arrayValue?.compactMap { $0["shared"]?.boolValue } == [true, false])
        #expect(try await bench.call("POST", "/v1/routes/\(id)/disable", key: key)["enabled"]?.boolValue == false)
        #expect(try await bench.call("POST", "/v1/routes/\(id)/enable", key: key)["enabled"]?.boolValue == true)
        let rival = try await bench.key([.routesWrite], of: bench.rival)
        #expect(try await bench.call("GET", "/v1/routes/\(id)", key: rival).status == 404)
        #expect(try await bench.call("DELETE", "/v1/routes/\(id)", key: rival).status == 404)
        let shared = try #require(
            list["items"]?.arrayValue?.first { $0["shared"]?.boolValue == true }?["id"]?.stringValue)
        let refused = try await bench.call("DELETE", "/v1/routes/\(shared)", key: key)
        #expect(refused.status == 403 && refused.rule == "route.shared")
        #expect(try await bench.call("DELETE", "/v1/routes/\(id)", key: key).status == 204)
    }

    @Test func aRuleThroughAnotherTenantsAccountIsRefused() async throws {
        let bench = try await GatewayBench()
        try await ProviderStore(database: bench.database, keys: bench.keys).addProvider(
            name: "theirs", kind: "sandbox", tenant: bench.rival.tenant.id, settings: "{}")
        let key = try await bench.key([.routesWrite])
        let answer = try await bench.call(
            "POST", "/v1/routes", #"{"providers":["theirs"],"sources":["nobody"]}"#, key: key)
        let rules = (answer["errors"]?.arrayValue ?? []).compactMap { $0["rule"]?.stringValue }
        #expect(answer.status == 422 && rules == ["unknown_source", "unknown_provider"], "\(answer.text)")
    }
}
