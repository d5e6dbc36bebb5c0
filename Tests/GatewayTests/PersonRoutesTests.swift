import Domain
import Foundation
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// `POST /v1/persons/export`.
@Suite(.database) struct PersonRoutesTests {
    private func export(
        _ bench: GatewayBench, _ recipient: String, key: String
    ) async throws -> GatewayBench.Answer {
        try await bench.call("POST", "/v1/persons/export", #"{"recipient":"\#(recipient)"}"#, key: key)
    }

    @Test func aPersonGetsAllThatIsHeldAndItIsWrittenDown() async throws {
        let bench = try await GatewayBench()
        let sender = try await bench.key([.sendTransactional, .suppressionsWrite])
        let key = try await bench.key([.personsRead])
        let auditor = try await bench.key([.auditRead])
        try await bench.run {
            let sent = try await bench.call(
                "POST", "/v1/messages",
                #"{"to":"9123 4567","template":"code","data":{"code":"483920"},"category":"transactional","reference":"order-7","metadata":{"basket":"b-1"}}"#,
                key: sender)
            let id = try #require(sent.ids.first, "\(sent.text)")
            _ = try await bench.message(id, is: "sent", key: sender)
            let suppressed = try await bench.call(
                "PUT", "/v1/suppressions", #"{"addresses":["+6591234567"],"reason":"complaint"}"#, key: sender)
            #expect(suppressed.status == 200, "\(suppressed.text)")

            let answer = try await export(bench, "+65 9123 4567", key: key)
            #expect(answer.status == 200 && answer["recipient"] == "+6591234567", "\(answer.text)")
            #expect(answer.header("content-type") == "application/json" && answer.header("cache-control") == "no-store")
            #expect(answer["tenant"] == "acme" && answer["not_searched"] == nil)
            #expect(answer["suppressions"]?.arrayValue?.first?["reason"] == "complaint")
            #expect(answer["denied"] == [] && answer["soft_bounces"] == [])
            let messages = answer["messages"]?.arrayValue ?? []
            try #require(messages.count == 1, "\(answer.text)")
            #expect(messages[0]["message"]?.stringValue == id && messages[0]["recipient"] == "+6591234567")
            #expect(messages[0]["reference"] == "order-7" && messages[0]["metadata"]?["basket"] == "b-1")
            #expect(messages[0]["content"]?["text"] == "Your code is 483920", "\(answer.text)")
            #expect(messages[0]["timeline"]?.arrayValue?.contains { $0["event"] == "call" } == true)

            let nobody = try await export(bench, "+6591230000", key: key)
            #expect(nobody.status == 200 && nobody["messages"] == [])

            let audit = try await bench.call("GET", "/v1/audit", key: auditor)
            let entries = (audit["items"]?.arrayValue ?? []).filter { $0["action"] == "person.export" }
            #expect(entries.compactMap { $0["subject"]?.stringValue } == ["+659•••000", "+659•••567"], "\(audit.text)")
            #expect(entries.allSatisfy { $0["actor"]?.stringValue.map { key.hasPrefix($0) } == true }, "\(audit.text)")
            #expect(!audit.text.contains("91234567"))
        }
    }

    /// A person who is known to both tenants, and archives that hold the messages of both.
    @Test func onlyWhatTheCallersTenantHoldsIsWritten() async throws {
        let ledger = try await ArchivedLedger()
        let bench = ledger.bench
        let own = try await bench.key([.sendTransactional, .personsRead])
        let rival = try await bench.key([.sendTransactional, .personsRead, .suppressionsWrite], of: bench.rival)
        try await bench.run {
            let old = try await ledger.send("+6591234567", key: own)
            _ = try await ledger.send("+6591234567", key: rival)
            let file = try await ledger.archive()
            let new = try await ledger.send("+6591234567", key: own)
            _ = try await ledger.send("+6591234567", key: rival)
            _ = try await bench.call(
                "PUT", "/v1/suppressions", #"{"addresses":["+6591234567"],"reason":"complaint"}"#, key: rival)
            _ = try await bench.call("PUT", "/v1/suppressions", #"{"addresses":["+6598765432"]}"#, key: rival)

            let whole = try await export(bench, "+6591234567", key: own)
            let messages = (whole["messages"]?.arrayValue ?? []).compactMap { $0["message"]?.stringValue }
            #expect(messages == [new, old] && whole["suppressions"] == [], "\(whole.text)")
            #expect(!whole.text.contains("rival"))
            #expect(try await export(bench, "+6598765432", key: own)["suppressions"] == [])

            try FileManager.default.removeItem(atPath: file)
            let part = try await export(bench, "+6591234567", key: own)
            #expect(part["messages"]?.arrayValue?.count == 1)
            let name = try #require(file.split(separator: "/").last)
            #expect(part["not_searched"] == [.string("\(name) is missing.")], "\(part.text)")
        }
    }

    @Test func itTakesAScopeOfItsOwn() async throws {
        let bench = try await GatewayBench()
        let manager = try await bench.key([.admin, .messagesRead, .messagesUnmask, .sendOTP])
        let refused = try await export(bench, "+6591234567", key: manager)
        #expect(refused.status == 403 && refused["rule"] == "scope", "\(refused.text)")
        #expect(refused["detail"]?.stringValue?.contains("persons:read") == true)
        let entries = try await bench.database.run { session in
            try session.query("SELECT 1 FROM admin_audit WHERE action = 'person.export'").count
        }
        #expect(entries == 0)
    }

    @Test(arguments: [
        (#"{}"#, "/recipient"), (#"{"recipient":""}"#, "/recipient"), (#"{"recipient":"12"}"#, "/recipient"),
        (#"{"recipient":7}"#, "/recipient"), (#"{"recipient":"+6591234567","channel":"fax"}"#, "/channel"),
        (#"{"recipient":"+6591234567","channel":"email"}"#, "/recipient"),
        (#"{"recipient":"+6591234567","tenant":"rival"}"#, "/tenant"),
    ])
    func whatNamesNobodyIsRefused(body: String, field: String) async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.personsRead])
        let answer = try await bench.call("POST", "/v1/persons/export", body, key: key)
        #expect(answer.status == 422 && answer.field == field, "\(body): \(answer.text)")
    }
}
