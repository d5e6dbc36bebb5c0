import Domain
import Jobs
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import Gateway

/// `/v1/webhooks`: who is told, of whose messages.
@Suite(.database) struct WebhookRoutesTests {
    private static let body = #"{"url":"https://shop.example/hooks","events":["message.*"]}"#

    @Test func aWebhookIsMadeShownRotatedAndEnded() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.webhooksWrite])
        let body = #"{"url":"https://shop.example/hooks","events":["message.delivered","campaign.*"],"label":"till"}"#
        let made = try await bench.call("POST", "/v1/webhooks", body, key: key)
        let secret = try #require(made["secret"]?.stringValue)
        #expect(made.status == 201 && secret.hasPrefix("whsec_") && made["label"] == "till", "\(made.text)")
        #expect(made["events"] == ["message.delivered", "campaign.finished", "campaign.cancelled"])
        #expect(made["source"] == "checkout" && made["state"] == "active")
        let at = try #require(made.header("location"))
        let shown = try await bench.call("GET", at, key: key)
        #expect(shown.status == 200 && shown["secret"] == nil && !shown.text.contains("whsec_"))
        let list = try await bench.call("GET", "/v1/webhooks", key: key)
        #expect(list["items"]?.arrayValue?.count == 1 && !list.text.contains("whsec_"))
        let rotated = try await bench.call("POST", "\(at)/rotate", #"{"overlap_seconds":60}"#, key: key)
        #expect(rotated.status == 200 && rotated["secret"]?.stringValue.map { $0 != secret } == true)
        #expect(rotated["former_secret_until"]?.stringValue != nil)
        #expect(try await bench.call("POST", "\(at)/enable", key: key).status == 200)
        #expect(
            try await bench.call("POST", "\(at)/replay", #"{"since":"2026-01-01T00:00:00Z"}"#, key: key)["events"] == 0)
        #expect(try await bench.call("DELETE", at, key: key).status == 204)
        for (method, target) in [("GET", at), ("DELETE", at), ("POST", at + "/rotate"), ("POST", at + "/enable")] {
            #expect(try await bench.call(method, target, key: key).status == 404)
        }
        let actions = try await AuditStore(database: bench.database).entries(tenant: bench.acme.tenant.id).map(\.action)
        for action in ["webhook.add", "webhook.rotate", "webhook.enable", "webhook.remove"] {
            #expect(actions.contains(action), "\(action)")
        }
    }

    @Test(arguments: [
        (#"{"events":["*"]}"#, "/url", "required"), (#"{"url":"https://a.example/"}"#, "/events", "required"),
        (#"{"url":"https://a.example/","events":[]}"#, "/events", "required"),
        (#"{"url":"https://a.example/","events":["message.lost"]}"#, "/events", "choice"),
        (#"{"url":"","events":["*"]}"#, "/url", "url"),
        (#"{"url":"http://a.example/#x","events":["*"]}"#, "/url", "url"),
        (#"{"url":"https://10.0.0.1/","events":["*"]}"#, "/url", "url"),
        (#"{"url":"https://[::ffff:169.254.169.254]/","events":["*"]}"#, "/url", "url"),
        (#"{"url":"https://u:p@a.example/","events":["*"]}"#, "/url", "url"),
        (#"{"url":"https://a.example/","events":["*"],"source":"none"}"#, "/source", "unknown_source"),
        (
            #"{"url":"https://a.example/","events":["*"],"source":"checkout","all_sources":true}"#, "/all_sources",
            "conflict"
        ),
        (#"{"url":"https://a.example/","events":["*"],"tenant":"rival"}"#, "/tenant", "unknown"),
    ])
    func aWrongWebhookIsRefusedByItsField(body: String, field: String, rule: String) async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.webhooksWrite, .messagesRead])
        let answer = try await bench.call("POST", "/v1/webhooks", body, key: key)
        #expect(answer.status == 422 && answer.field == field && answer.rule == rule, "\(answer.text)")
        #expect(try await bench.call("GET", "/v1/webhooks", key: key)["items"] == [])
    }

    @Test(arguments: [
        "{}", #"{"since":"2026-01-01T00:00:00Z","given_up":true}"#, #"{"event":"evt_0"}"#, #"{"event":"17"}"#,
        #"{"until":"2026-01-01T00:00:00Z","given_up":true}"#,
        #"{"since":"2026-01-02T00:00:00Z","until":"2026-01-01T00:00:00Z"}"#,
    ])
    func aReplaySaysOneThing(body: String) async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.webhooksWrite])
        let at = try #require(try await bench.call("POST", "/v1/webhooks", Self.body, key: key).header("location"))
        let answer = try await bench.call("POST", "\(at)/replay", body, key: key)
        // The number alone names an event too.
        #expect(body.contains("\"17\"") ? answer["events"] == 0 : answer.status == 422, "\(answer.text)")
    }

    @Test func anotherTenantsWebhookIsNotThere() async throws {
        let bench = try await GatewayBench()
        let own = try await bench.key([.webhooksWrite])
        let at = try #require(try await bench.call("POST", "/v1/webhooks", Self.body, key: own).header("location"))
        let id = String(at.split(separator: "/").last ?? "")
        let rival = try await bench.key([.admin, .sendOTP], of: bench.rival)
        for (method, target, body) in [
            ("GET", "/v1/webhooks/ID", ""), ("DELETE", "/v1/webhooks/ID", ""), ("POST", "/v1/webhooks/ID/rotate", ""),
            ("POST", "/v1/webhooks/ID/enable", ""), ("POST", "/v1/webhooks/ID/replay", #"{"given_up":true}"#),
            ("POST", "/v1/webhooks/test", #"{"id":"ID"}"#),
        ] {
            func call(_ id: String) async throws -> GatewayBench.Answer {
                try await bench.call(
                    method, target.replacing("ID", with: id), body.replacing("ID", with: id), key: rival)
            }
            let (foreign, missing) = (try await call(id), try await call("999999"))
            #expect(foreign.status == 404 && foreign.text == missing.text, "\(method) \(target)")
        }
        #expect(try await bench.call("GET", "/v1/webhooks", key: rival)["items"] == [])
        #expect(try await bench.call("GET", at, key: own)["former_secret_until"] == .null)
    }

    /// Nobody hears by a webhook what he could not have asked for.
    @Test func aSourceIsToldOfItsOwnMessagesAlone() async throws {
        let bench = try await GatewayBench()
        let parties = PartyStore(database: bench.database, keys: bench.keys)
        try await parties.addSource(tenant: bench.acme.tenant.id, name: "other")
        let all = try await bench.key([.webhooksWrite, .messagesRead])
        let own = try await bench.key([.webhooksWrite, .sendOTP])
        for more in [#","all_sources":true}"#, #","source":"other"}"#] {
            let body = String(Self.body.dropLast()) + more
            let refused = try await bench.call("POST", "/v1/webhooks", body, key: own)
            #expect(refused.status == 403 && refused.rule == "scope", "\(refused.text)")
            let made = try await bench.call("POST", "/v1/webhooks", body, key: all)
            let at = try #require(made.header("location"))
            #expect(try await bench.call("GET", at, key: own).status == 404)
            #expect(try await bench.call("POST", at + "/rotate", key: own).status == 404)
        }
        let mine = try await bench.call("POST", "/v1/webhooks", Self.body, key: own)
        #expect(mine["source"] == "checkout")
        #expect(try await bench.call("GET", "/v1/webhooks", key: own)["items"]?.arrayValue?.count == 1)
        #expect(try await bench.call("GET", "/v1/webhooks", key: all)["items"]?.arrayValue?.count == 3)
    }

    @Test func aTestEventIsSentAtOnceAndSaysWhatWasAnswered() async throws {
        let bench = try await GatewayBench()
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let key = try await bench.key([.webhooksWrite])
        let made = try await bench.call(
            "POST", "/v1/webhooks", #"{"url":"\#(receiver.url("/hooks"))","events":["message.failed"]}"#, key: key)
        let (id, secret) = (made["id"]?.stringValue ?? "", made["secret"]?.stringValue ?? "")
        let fine = try await bench.call("POST", "/v1/webhooks/test", #"{"id":"\#(id)"}"#, key: key)
        #expect(fine.status == 200 && fine["delivered"] == true && fine["status"] == 200, "\(fine.text)")
        #expect(try receiver.events().map(\.type) == ["webhook.test"])
        #expect(try receiver.verified("/hooks", secret).fine == [fine["event"]?.stringValue])
        try receiver.answer("/hooks", "500")
        let failed = try await bench.call("POST", "/v1/webhooks/test", #"{"id":"\#(id)"}"#, key: key)
        #expect(failed["delivered"] == false && failed["problem"]?.stringValue?.contains("500") == true)
    }

    @Test func aTenantHasOnlySoMany() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.webhooksWrite])
        for _ in 0..<WebhookStore.mostPerTenant {
            #expect(try await bench.call("POST", "/v1/webhooks", Self.body, key: key).status == 201)
        }
        #expect(try await bench.call("POST", "/v1/webhooks", Self.body, key: key).status == 409)
        let page = try await bench.call("GET", "/v1/webhooks?limit=30", key: key)
        let next = try #require(page["next_cursor"]?.stringValue)
        let rest = try await bench.call("GET", "/v1/webhooks?limit=30&cursor=\(next)", key: key)
        #expect(rest["items"]?.arrayValue?.count == 20 && rest["next_cursor"] == .null)
    }

    /// A one-time password sent by the API, and a message that was taken back: with what their source said of them.
    @Test func whatIsSentByTheAPIIsTold() async throws {
        let bench = try await GatewayBench()
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let key = try await bench.key([.webhooksWrite, .sendOTP, .priorityCritical, .sendTransactional])
        _ = try await bench.call(
            "POST", "/v1/webhooks", #"{"url":"\#(receiver.url("/hooks"))","events":["message.*"]}"#, key: key)
        let deliverer = WebhookDeliverer(database: bench.database, keys: bench.keys, sender: bench.webhooks)
        let telling = Task { await deliverer.run() }
        try await bench.run {
            let sent = try await bench.call(
                "POST", "/v1/messages",
                #"{"channel":"sms","category":"otp","template":"code","data":{"code":"774411"},"to":"+6591234567","reference":"login-1","metadata":{"cart":7}}"#,
                key: key)
            #expect(sent.status == 202, "\(sent.text)")
            let later = try await bench.call(
                "POST", "/v1/messages",
                #"{"channel":"sms","category":"transactional","template":"code","data":{"code":"774412"},"to":"+6591234568","send_at":"\#((Timestamp.now + .seconds(3600)).description)"}"#,
                key: key)
            let id = try #require(later.ids.first, "\(later.text)")
            #expect(try await bench.call("POST", "/v1/messages/\(id)/cancel", key: key).status == 200)
            try await bench.eventually { try receiver.events().count == 2 }
            let events = Dictionary(grouping: try receiver.events(), by: \.type).mapValues { $0[0] }
            let told = try #require(events["message.sent"])
            #expect(told.data["id"]?.stringValue == sent.ids.first && told.data["reference"] == "login-1")
            #expect(told.data["metadata"] == ["cart": 7] && told.data["campaign_id"] == nil)
            #expect(events["message.cancelled"]?.data["id"]?.stringValue == id)
            for event in events.values { #expect(!event.body.contains("7744") && !event.body.contains("9123456")) }
        }
        telling.cancel()
        await telling.value
    }
}
