import Domain
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// `PATCH /v1/providers/{name}`.
@Suite(.database) struct ChangeProviderTests {
    private static let telco =
        #"{"name":"telco","kind":"http","settings":{"url":"https://api.example.com/send?key=s3cret","headers":{"Authorization":"Bearer s3cret","X-Client":"acme"},"json":{"to":"{{to}}","text":"{{text}}"},"sent":[{"status":200}],"limit_per_second":5}}"#

    private func bench() async throws -> (GatewayBench, key: String) {
        let bench = try await GatewayBench()
        let key = try await bench.key([.providersWrite])
        #expect(try await bench.call("POST", "/v1/providers", Self.telco, key: key).status == 201)
        return (bench, key)
    }

    private func settings(_ bench: GatewayBench) async throws -> JSON {
        let accounts = try await ProviderStore(database: bench.database, keys: bench.keys).providers()
        return try JSON.parse(accounts.first { $0.name == "telco" }?.settings ?? "")
    }

    @Test func settingsAreMergedAndCredentialsAreWriteOnly() async throws {
        let (bench, key) = try await bench()
        let changed = try await bench.call(
            "PATCH", "/v1/providers/telco",
            #"{"settings":{"limit_per_second":50,"headers":{"Authorization":"Bearer n3w"},"limit_burst":100}}"#,
            key: key)
        #expect(changed.status == 200 && changed["settings"]?["limit_per_second"]?.intValue == 50, "\(changed.text)")
        #expect(changed["settings"]?["url"]?.stringValue == "https://api.example.com/…")
        let now = try await settings(bench)
        #expect(now["headers"]?["Authorization"]?.stringValue == "Bearer n3w")
        #expect(now["headers"]?["X-Client"]?.stringValue == "acme" && now["limit_burst"]?.intValue == 100)
        _ = try await bench.call("PATCH", "/v1/providers/telco", #"{"settings":{"limit_burst":null}}"#, key: key)
        #expect(try await settings(bench)["limit_burst"] == nil)
        let shown = try await bench.call("GET", "/v1/providers/telco", key: key)
        let list = try await bench.call("GET", "/v1/providers", key: key)
        let audit = try await bench.call("GET", "/v1/audit", key: try await bench.key([.auditRead]))
        for text in [changed.text, shown.text, list.text, audit.text] {
            #expect(!text.contains("s3cret") && !text.contains("n3w"), "\(text)")
        }
        let entry = try #require(
            audit["items"]?.arrayValue?.first {
                $0["action"]?.stringValue == "provider.change" && $0["after"]?["changed"]?.arrayValue?.count == 3
            })
        #expect(
            entry["after"]?["changed"]?.arrayValue?.map(\.stringValue) == [
                "headers", "limit_burst", "limit_per_second",
            ])
        #expect(entry["before"]?["settings"]?["limit_per_second"]?.intValue == 5)
        #expect(entry["after"]?["settings"]?["limit_per_second"]?.intValue == 50)
    }

    @Test func anAccountIsTakenOutAndInTogetherWithItsSettings() async throws {
        let (bench, key) = try await bench()
        let out = try await bench.call(
            "PATCH", "/v1/providers/telco", #"{"enabled":false,"settings":{"limit_per_second":1}}"#, key: key)
        #expect(out["out_since"]?.stringValue != nil && out["settings"]?["limit_per_second"]?.intValue == 1)
        #expect(
            try await bench.call("PATCH", "/v1/providers/telco", #"{"enabled":true}"#, key: key)["out_since"]?.isNull
                == true)
        // All of it or nothing.
        let refused = try await bench.call(
            "PATCH", "/v1/providers/telco", #"{"enabled":false,"settings":{"limit_per_second":"many"}}"#, key: key)
        #expect(refused.status == 422 && refused.field?.hasPrefix("/settings") == true, "\(refused.text)")
        #expect(try await bench.call("GET", "/v1/providers/telco", key: key)["out_since"]?.isNull == true)
        for body in ["{}", #"{"settings":[]}"#, #"{"enabled":"no"}"#, #"{"name":"x"}"#, #"{"kind":"sandbox"}"#] {
            #expect(try await bench.call("PATCH", "/v1/providers/telco", body, key: key).status == 422, "\(body)")
        }
    }

    @Test func sharedAccountsAndOpenedOnesAreNotTouched() async throws {
        let (bench, key) = try await bench()
        let shared = try await bench.call("PATCH", "/v1/providers/sand", #"{"enabled":false}"#, key: key)
        #expect(shared.status == 403 && shared.rule == "provider.shared")
        #expect(try await bench.call("GET", "/v1/providers/sand", key: key)["settings"] == nil)
        for setting in [#""internal":true"#, #""ca_file":"/etc/passwd""#] {
            let answer = try await bench.call("PATCH", "/v1/providers/telco", #"{"settings":{\#(setting)}}"#, key: key)
            #expect(answer.status == 422 && answer.rule == "forbidden", "\(answer.text)")
        }
        // Whom an operator let into the own network must not be led elsewhere in it.
        let store = ProviderStore(database: bench.database, keys: bench.keys)
        let account = try #require(try await store.providers().first { $0.name == "telco" })
        _ = try await store.changeSettings(account.id) { text in
            var object = try JSON.parse(text).objectValue ?? JSONObject()
            object["internal"] = true
            return JSON.object(object).text
        }
        let led = try await bench.call(
            "PATCH", "/v1/providers/telco", #"{"settings":{"url":"http://169.254.169.254/"}}"#, key: key)
        #expect(led.status == 403 && led.rule == "provider.internal", "\(led.text)")
        #expect(try await bench.call("PATCH", "/v1/providers/telco", #"{"enabled":false}"#, key: key).status == 200)
    }
}
