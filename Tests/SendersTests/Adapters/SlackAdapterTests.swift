import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct SlackAdapterTests {
    static let posted = VendorRun.Answer(body: #"{"ok":true,"channel":"C123ABC456","ts":"1503435956.000247"}"#)

    static func post(_ answer: VendorRun.Answer, _ batch: MessageBatch? = nil) async throws -> VendorRun {
        try await VendorRun.send(
            SlackAdapter.self, { #""bot_token":"xoxb-1","base_url":"http://127.0.0.1:\#($0)/api""# },
            batch ?? testBatch(to: ["C123ABC456"], text: "Hello world", channel: .chat)
        ) { _ in answer }
    }

    static func hook(_ answer: VendorRun.Answer, to names: [String] = ["ops"]) async throws -> VendorRun {
        try await VendorRun.send(
            SlackAdapter.self,
            {
                #"""
                "base_url":"http://127.0.0.1:\#($0)","webhooks":{"ops":"http://127.0.0.1:\#($0)/services/T0/B0/X",
                "on call":"http://127.0.0.1:\#($0)/services/T0/B1/Y"}
                """#
            }, testBatch(to: names, text: "Hello world", channel: .chat)
        ) { _ in answer }
    }

    /// The example of https://docs.slack.dev/reference/methods/chat.postMessage.
    @Test func aBotPostsAsDocumented() async throws {
        let run = try await Self.post(Self.posted)
        #expect(run.outcome == .sent(reference: "C123ABC456/1503435956.000247", cost: nil))
        let request = try #require(run.requests.first)
        #expect(VendorRun.line(request) == "POST /api/chat.postMessage HTTP/1.1")
        #expect(VendorRun.header("authorization", of: request) == "Bearer xoxb-1")
        #expect(VendorRun.header("content-type", of: request) == "application/json; charset=utf-8")
        #expect(VendorRun.body(request) == #"{"channel":"C123ABC456","text":"Hello world"}"#)
    }

    /// The example of https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.
    @Test func webhooksAreCalledByName() async throws {
        let run = try await Self.hook(VendorRun.Answer(body: "ok"), to: ["ops", "on call", "ops"])
        #expect(run.outcomes == Array(repeating: .sent(reference: "", cost: nil), count: 3))
        #expect(
            run.requests.map { VendorRun.line($0) }.sorted() == [
                "POST /services/T0/B0/X HTTP/1.1", "POST /services/T0/B0/X HTTP/1.1", "POST /services/T0/B1/Y HTTP/1.1",
            ])
        #expect(run.requests.allSatisfy { VendorRun.body($0) == #"{"text":"Hello world"}"# })
    }

    @Test func anAddressIsNeverAURLThatIsCalled() async throws {
        let run = try await Self.hook(
            VendorRun.Answer(body: "ok"),
            to: ["http://169.254.169.254/", "ops", "https://hooks.slack.com/services/x", ""])
        let refused = Outcome.permanent(reason: "invalid_recipient (slack no webhook of that name)")
        #expect(run.outcomes == [refused, .sent(reference: "", cost: nil), refused, refused])
        #expect(run.requests.count == 1)
    }

    @Test(arguments: [
        ("ratelimited", Outcome.throttled(after: .seconds(1))),
        ("channel_not_found", .permanent(reason: "invalid_recipient (slack channel_not_found)")),
        ("not_in_channel", .permanent(reason: "route_refused (slack not_in_channel)")),
        ("msg_too_long", .permanent(reason: "too_large (slack msg_too_long)")),
        ("invalid_auth", .temporary(reason: "account_refused (slack invalid_auth)")),
        ("service_unavailable", .temporary(reason: "provider_busy (slack service_unavailable)")),
        ("fatal_error", .inDoubt(reason: "unclear_reply (slack fatal_error)")),
        ("new_error_of_2030", .permanent(reason: "content_refused (slack new_error_of_2030)")),
    ])
    func anErrorInsideA200IsNoSuccess(error: String, outcome: Outcome) async throws {
        #expect(try await Self.post(VendorRun.Answer(body: #"{"ok":false,"error":"\#(error)"}"#)).outcome == outcome)
    }

    @Test(arguments: [
        (429, "Retry-After: 30\r\n", #"{"ok":false,"error":"ratelimited"}"#, Outcome.throttled(after: .seconds(30))),
        (200, "", #"{"ok":true,"chan"#, .inDoubt(reason: "unclear_reply (slack 200)")),
        (200, "", #"{"ok":true}"#, .inDoubt(reason: "unclear_reply (slack 200)")),
        (200, "", #"{"ok":false}"#, .inDoubt(reason: "unclear_reply (slack 200)")),
        (200, "", #"{"ok":false,"error":"to +65 91234567"}"#, .inDoubt(reason: "unclear_reply (slack 200)")),
        (200, "", String(repeating: #"{"a":"#, count: 10_000), .inDoubt(reason: "unclear_reply (slack 200)")),
        (200, "", String(repeating: "x", count: 100_000), .inDoubt(reason: "unclear_reply (slack 200)")),
        (503, "", "upstream", .temporary(reason: "provider_busy (slack 503)")),
        (500, "", "", .inDoubt(reason: "provider_error (slack 500)")),
        (301, "Location: http://127.0.0.1/\r\n", "", .temporary(reason: "account_refused (slack 301)")),
    ])
    func oddRepliesAreReadAsTheyAreMeant(
        status: Int, headers: String, body: String, outcome: Outcome
    ) async throws {
        let answer = VendorRun.Answer(status: status, headers: headers, body: body)
        #expect(try await Self.post(answer).outcome == outcome)
    }

    @Test(arguments: [
        (404, "no_service", Outcome.permanent(reason: "invalid_recipient (slack no_service)")),
        (410, "channel_is_archived\n", .permanent(reason: "invalid_recipient (slack channel_is_archived)")),
        (400, "invalid_payload", .permanent(reason: "content_refused (slack invalid_payload)")),
        (403, "action_prohibited", .permanent(reason: "route_refused (slack action_prohibited)")),
        (403, "invalid_token", .temporary(reason: "account_refused (slack invalid_token)")),
        (500, "rollup_error", .inDoubt(reason: "unclear_reply (slack rollup_error)")),
        (200, "<html>It works!", .inDoubt(reason: "unclear_reply (slack 200)")),
        (429, "rate_limited", .throttled(after: .seconds(1))),
    ])
    func aWebhooksWordIsReadAsItIsMeant(status: Int, body: String, outcome: Outcome) async throws {
        #expect(try await Self.hook(VendorRun.Answer(status: status, body: body)).outcome == outcome)
    }

    @Test func nobodysNameCallsTheWholeChannel() async throws {
        let text = "Hi <!channel> & <@U1>\u{0}\r\n\"x\""
        let run = try await Self.post(
            Self.posted,
            testBatch(
                to: ["C1\"}"], text: text,
                rich: #"{"unfurl_links":false,"channel":"C9","text":"x","blocks":[{"a":1}]}"#,
                channel: .chat))
        #expect(
            try JSON.parse(VendorRun.body(try #require(run.requests.first))) == [
                "channel": "C1\"}", "text": "Hi &lt;!channel&gt; &amp; &lt;@U1&gt;\u{0}\r\n\"x\"",
                "unfurl_links": false,
                "blocks": [["a": 1]],
            ])
    }

    @Test func settingsSayWhatIsWrong() {
        func hooks(_ json: String) -> String { configError(SlackAdapter.self, #"{"webhooks":\#(json)}"#) }
        #expect(configError(SlackAdapter.self, "{}").contains("\"bot_token\" is missing"))
        #expect(configError(SlackAdapter.self, #"{"bot_token":"x","webhooks":{}}"#).contains("cannot stand beside"))
        #expect(configError(SlackAdapter.self, #"{"bot_token":"x\r\nY: 1"}"#).contains("control characters"))
        #expect(hooks("{}").contains("is empty"))
        #expect(hooks(#"{"ops":7}"#).contains("not a number"))
        #expect(hooks(#"{"ops":"https://evil.example/x"}"#).contains("must stand at https://hooks.slack.com:443"))
        #expect(hooks(#"{"ops":"http://hooks.slack.com/x"}"#).contains("must stand at"))
        #expect(hooks(#"{"ops":"https://hooks.slack.com@evil.example/x"}"#).contains("no user name"))
        #expect(hooks(#"{"ops":"https://hooks.slack.com/{{to}}"}"#).contains("plain address"))
        #expect(hooks(#"{"https://a/":"https://hooks.slack.com/x"}"#).contains("is no name"))
        #expect(hooks(#"{"ops":"https://hooks.slack.com/services/x"}"#) == "no error")
        #expect(SlackAdapter.codes.count >= 80)
    }
}
