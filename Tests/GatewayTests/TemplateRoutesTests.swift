import Domain
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// `/v1/templates`.
@Suite(.database) struct TemplateRoutesTests {
    private let welcome =
        #"{"name":"welcome","channel":"sms","default_locale":"en","locales":{"en":{"text":"Hi {{ name }}"},"de":{"text":"Hallo {{ name }} €"}}}"#

    @Test func aTemplateIsStoredInVersionsAndRendered() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.templatesWrite])
        let added = try await bench.call("POST", "/v1/templates", welcome, key: key)
        #expect(added.status == 201 && added["version"]?.intValue == 1, "\(added.text)")
        #expect(added.header("location") == "/v1/templates/welcome?version=1")
        // The same again is no new version.
        #expect(try await bench.call("POST", "/v1/templates", welcome, key: key).status == 200)
        let second = try await bench.call(
            "POST", "/v1/templates", welcome.replacing("Hi ", with: "Hello "), key: key)
        #expect(second.status == 201 && second["version"]?.intValue == 2)

        let versions = try await bench.call("GET", "/v1/templates/welcome/versions?limit=1", key: key)
        #expect(versions["items"]?.arrayValue?.map { $0["version"]?.intValue } == [2])
        let cursor = try #require(versions["next_cursor"]?.stringValue)
        let rest = try await bench.call("GET", "/v1/templates/welcome/versions?limit=1&cursor=\(cursor)", key: key)
        #expect(rest["items"]?.arrayValue?.map { $0["version"]?.intValue } == [1])
        #expect(rest["next_cursor"]?.isNull == true)
        let list = try await bench.call("GET", "/v1/templates", key: key)
        #expect(list["items"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == ["code", "welcome"])

        let rendered = try await bench.call(
            "POST", "/v1/templates/welcome/render", #"{"data":{"name":"Mia"},"locale":"de-AT","version":1}"#, key: key)
        #expect(rendered["parts"]?["text"]?.stringValue == "Hallo Mia €", "\(rendered.text)")
        #expect(rendered["segments"]?["encoding"]?.stringValue == "gsm7")
        #expect(rendered["segments"]?["units"]?.intValue == 12)
        let missing = try await bench.call("POST", "/v1/templates/welcome/render", #"{"data":{}}"#, key: key)
        #expect(missing.status == 422 && missing.field == "/data/name" && missing.rule == "field_missing")

        #expect(try await bench.call("DELETE", "/v1/templates/welcome", key: key).status == 204)
        #expect(try await bench.call("GET", "/v1/templates/welcome", key: key).status == 404)
        let audit = try await AuditStore(database: bench.database).entries(tenant: bench.acme.tenant.id)
            .filter { !$0.actor.hasPrefix("database user") }
        #expect(
            audit.map(\.action).filter { $0.hasPrefix("template.") } == [
                "template.remove", "template.add", "template.add",
            ])
        #expect(audit.allSatisfy { $0.action == "key.add" || $0.actor.hasPrefix("hk_live_") })
    }

    @Test func whatIsWrongInATemplateIsNamedByItsPlace() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.templatesWrite])
        let answer = try await bench.call(
            "POST", "/v1/templates",
            #"{"name":"x y","channel":"sms","locales":{"en":{"text":"{{ a","subject":"b"}},"more":1}"#, key: key)
        let fields = Set((answer["errors"]?.arrayValue ?? []).compactMap { $0["field"]?.stringValue })
        #expect(answer.status == 422)
        #expect(fields.isSuperset(of: ["/name", "/more"]), "\(answer.text)")
        #expect(fields.contains { $0.contains("en") && $0.contains("text") }, "\(answer.text)")
        let other = try await bench.call(
            "POST", "/v1/templates", #"{"name":"code","channel":"voice","locales":{"en":{"text":"x"}}}"#, key: key)
        #expect(other.status == 422 && other.field == "/channel")
        let own = try await bench.call(
            "POST", "/v1/templates", #"{"name":"herald.sms","channel":"sms","locales":{"en":{"text":"x"}}}"#, key: key)
        #expect(own.status == 422)
    }

    @Test func anotherTenantsTemplateIsNotThere() async throws {
        let bench = try await GatewayBench()
        _ = try await bench.call("POST", "/v1/templates", welcome, key: try await bench.key([.templatesWrite]))
        let rival = try await bench.key([.templatesWrite, .templatesApprove], of: bench.rival)
        for (method, target, body) in [
            ("GET", "/v1/templates/welcome", ""), ("GET", "/v1/templates/welcome/versions", ""),
            ("POST", "/v1/templates/welcome/render", "{}"),
            ("POST", "/v1/templates/welcome/approve", #"{"version":1}"#),
            ("DELETE", "/v1/templates/welcome", ""),
        ] {
            #expect(try await bench.call(method, target, body, key: rival).status == 404, "\(method) \(target)")
        }
    }

    @Test func whereApprovalIsAskedForOnlyApprovedVersionsAreSent() async throws {
        let bench = try await GatewayBench()
        let parties = PartyStore(database: bench.database, keys: bench.keys)
        _ = try await parties.requireApproval(
            of: bench.acme.tenant.id, true, audit: AuditOrigin(actor: "test", origin: "test"))
        let author = try await bench.key([.templatesWrite, .sendTransactional])
        let approver = try await bench.key([.templatesApprove])
        let send = #"{"to":"+6591234567","template":"code","data":{"code":"1"},"category":"transactional"}"#
        try await bench.run {
            let refused = try await bench.call("POST", "/v1/messages", send, key: author)
            #expect(refused.status == 403 && refused.rule == "template.approval", "\(refused.text)")
            #expect(try await bench.call("GET", "/v1/templates/code", key: author)["ready"]?.boolValue == false)
            let own = try await bench.call("POST", "/v1/templates/code/approve", #"{"version":1}"#, key: author)
            #expect(own.status == 403 && own.rule == "scope")
            let approved = try await bench.call("POST", "/v1/templates/code/approve", #"{"version":1}"#, key: approver)
            #expect(approved.status == 200 && approved["ready"]?.boolValue == true)
            #expect(approved["approved_by"]?.stringValue?.hasPrefix("hk_live_") == true)
            #expect(try await bench.call("POST", "/v1/messages", send, key: author).status == 202)
        }
    }

    /// Whichever way a campaign comes, the database itself refuses it.
    @Test func aCampaignWithATemplateThatNobodyApprovedDoesNotStart() async throws {
        let bench = try await GatewayBench()
        let parties = PartyStore(database: bench.database, keys: bench.keys)
        let template = try #require(try await parties.template(tenant: bench.acme.tenant.id, name: "code"))
        let draft = CampaignDraft(
            tenant: bench.acme.tenant.id, source: bench.acme.source.id, template: template.id, name: "x", channel: .sms,
            category: .transactional)
        let campaigns = CampaignStore(database: bench.database)
        _ = try await campaigns.create(draft, again: true)
        _ = try await parties.requireApproval(
            of: bench.acme.tenant.id, true, audit: AuditOrigin(actor: "test", origin: "test"))
        var held = draft
        held.recipients = 1
        var error: StorageError?
        do { _ = try await campaigns.create(held, again: true) } catch let refusal as StorageError { error = refusal }
        guard case .rejected("HR006", let message)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(message.contains("“code”") && message.contains("not approved"))
    }
}
