import Domain
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// `/v1/suppressions` and `/v1/preferences`.
@Suite(.database) struct SuppressionRoutesTests {
    @Test func addressesInAnyFormAreTheSamePerson() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.suppressionsWrite])
        let added = try await bench.call(
            "PUT", "/v1/suppressions",
            #"{"addresses":["+65 9123 4567","91234567","Mia@Example.org","12"],"reason":"complaint"}"#, key: key)
        #expect(added.status == 200 && added["added"]?.intValue == 2, "\(added.text)")
        #expect(added["rejected"]?.arrayValue?.map { $0["index"]?.intValue } == [3])
        #expect(!added.text.contains("9123"))
        let again = try await bench.call(
            "PUT", "/v1/suppressions", #"{"addresses":["+6591234567"],"reason":"complaint"}"#, key: key)
        #expect(again["added"]?.intValue == 0 && again["unchanged"]?.intValue == 1)

        let seen = try await bench.call("GET", "/v1/suppressions?to=%2B6591234567", key: key)
        #expect(seen["items"]?.arrayValue?.first?["reason"]?.stringValue == "complaint", "\(seen.text)")
        #expect(!seen.text.contains("91234567"))
        let counts = try await bench.call("GET", "/v1/suppressions/counts", key: key)
        #expect(counts["items"]?.arrayValue?.first?["count"]?.intValue == 2)

        let rival = try await bench.key([.suppressionsWrite], of: bench.rival)
        let others = try await bench.call("GET", "/v1/suppressions?to=%2B6591234567", key: rival)
        #expect(others.status == 200 && others["items"]?.arrayValue?.isEmpty == true)
        #expect(
            try await bench.call("DELETE", "/v1/suppressions?to=%2B6591234567&reason=complaint", key: rival).status
                == 404)

        #expect(
            try await bench.call("DELETE", "/v1/suppressions?to=%2B6591234567&reason=complaint", key: key).status == 204
        )
        let lifted = try await bench.call(
            "POST", "/v1/suppressions/lift", #"{"addresses":["Mia@example.org"],"reason":"complaint"}"#, key: key)
        #expect(lifted["lifted"]?.intValue == 1)
        let audit = try await AuditStore(database: bench.database).entries(tenant: bench.acme.tenant.id)
        #expect(audit.filter { $0.action == "suppression.add" }.map(\.subject) == ["2 addresses"])
        #expect(audit.allSatisfy { !($0.subject + ($0.after ?? "")).contains("9123") })
    }

    @Test func whoeverIsSuppressedIsNotSentTo() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.suppressionsWrite, .sendTransactional])
        _ = try await bench.call(
            "PUT", "/v1/suppressions", #"{"addresses":["+6591234567"],"reason":"bounce"}"#, key: key)
        let answer = try await bench.call(
            "POST", "/v1/messages",
            #"{"to":"+6591234567","template":"code","data":{"code":"1"},"category":"transactional"}"#, key: key)
        #expect(answer.status == 422 && answer.rule?.isEmpty == false, "\(answer.text)")
    }

    @Test(arguments: [
        (#"{}"#, "/addresses"), (#"{"addresses":[]}"#, "/addresses"), (#"{"addresses":"x"}"#, "/addresses"),
        (#"{"addresses":["+6591234567"],"reason":"dislike"}"#, "/reason"),
        (#"{"addresses":["+6591234567"],"channel":"fax"}"#, "/channel"), (#"{"addresses":["12"]}"#, "/addresses"),
    ])
    func faultsAreNamed(body: String, field: String) async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.suppressionsWrite])
        let answer = try await bench.call("PUT", "/v1/suppressions", body, key: key)
        #expect(answer.status == 422 && answer.field == field, "\(answer.text)")
    }

    @Test func preferencesAreTheOptOutsSeenFromThePerson() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.preferencesWrite, .suppressionsWrite])
        func wants(_ channel: String) async throws -> Bool? {
            try await bench.call("GET", "/v1/preferences?to=%2B6591234567", key: key)["marketing"]?[channel]?.boolValue
        }
        #expect(try await wants("sms") == true)
        _ = try await bench.call("PUT", "/v1/suppressions", #"{"addresses":["+6591234567"]}"#, key: key)
        #expect(try await wants("sms") == false)
        #expect(try await wants("voice") == false)
        let changed = try await bench.call(
            "PUT", "/v1/preferences", #"{"to":"+6591234567","marketing":{"sms":true}}"#, key: key)
        #expect(changed.status == 200 && changed["marketing"]?["sms"]?.boolValue == true, "\(changed.text)")
        #expect(try await wants("sms") == true)
        #expect(try await wants("voice") == false)
        let stray = try await bench.call(
            "PUT", "/v1/preferences", #"{"to":"+6591234567","marketing":{"email":true,"sms":true}}"#, key: key)
        #expect(stray.status == 422 && stray.field == "/marketing/email")
    }
}
