import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct DiscordAdapterTests {
    static func send(
        _ answer: VendorRun.Answer, to names: [String] = ["ops"], text: String = "Hello, World!", rich: String = ""
    ) async throws -> VendorRun {
        try await VendorRun.send(
            DiscordAdapter.self,
            {
                #"""
                "base_url":"http://127.0.0.1:\#($0)","webhooks":{"ops":"http://127.0.0.1:\#($0)/api/webhooks/1/abc",
                "thread":"http://127.0.0.1:\#($0)/api/webhooks/1/abc?thread_id=9"}
                """#
            }, testBatch(to: names, text: text, rich: rich, channel: .chat)
        ) { _ in answer }
    }

    /// https://discord.com/developers/docs/resources/webhook#execute-webhook.
    @Test func aWebhookIsExecutedAndWaitedFor() async throws {
        let run = try await Self.send(
            VendorRun.Answer(body: #"{"id":"1015034326372454400","type":0}"#), to: ["ops", "thread"])
        #expect(run.outcomes == Array(repeating: .sent(reference: "1015034326372454400", cost: nil), count: 2))
        #expect(
            Set(run.requests.map { VendorRun.line($0) }) == [
                "POST /api/webhooks/1/abc?wait=true HTTP/1.1",
                "POST /api/webhooks/1/abc?thread_id=9&wait=true HTTP/1.1",
            ])
        #expect(
            VendorRun.body(run.requests[0]) == #"{"content":"Hello, World!","allowed_mentions":{"parse":[]}}"#)
    }

    @Test(arguments: [
        (
            429, #"{"message":"You are being rate limited.","retry_after":0.65,"global":false}"#,
            Outcome.throttled(after: .milliseconds(650))
        ),
        (429, #"{"retry_after":-1}"#, .throttled(after: .seconds(1))),
        (429, #"{"retry_after":1e300}"#, .throttled(after: .seconds(1))),
        (429, "error code: 1015", .throttled(after: .seconds(1))),
        (404, #"{"message":"Unknown Webhook","code":10015}"#, .permanent(reason: "invalid_recipient (discord 10015)")),
        (
            401, #"{"message":"Invalid Webhook Token","code":50027}"#,
            .permanent(reason: "invalid_recipient (discord 50027)")
        ),
        (
            400, #"{"code":50035,"errors":{},"message":"Invalid Form Body"}"#,
            .permanent(reason: "content_refused (discord 50035)")
        ),
        (413, #"{"code":40005}"#, .permanent(reason: "too_large (discord 40005)")),
        (403, #"{"code":50013}"#, .permanent(reason: "route_refused (discord 50013)")),
        (401, #"{"message":"401: Unauthorized","code":0}"#, .temporary(reason: "account_refused (discord 401 0)")),
        (503, "", .temporary(reason: "provider_busy (discord 503)")),
        (502, "", .inDoubt(reason: "provider_error (discord 502)")),
        (204, "", .inDoubt(reason: "unclear_reply (discord 204)")),
        (200, #"{"id":7"#, .inDoubt(reason: "unclear_reply (discord 200)")),
        (200, #"{"id":"7\n8"}"#, .inDoubt(reason: "unclear_reply (discord 200)")),
        (200, String(repeating: "[", count: 60_000), .inDoubt(reason: "unclear_reply (discord 200)")),
        (200, String(repeating: " ", count: 100_000), .inDoubt(reason: "unclear_reply (discord 200)")),
    ])
    func repliesAreReadAsTheyAreMeant(status: Int, body: String, outcome: Outcome) async throws {
        #expect(try await Self.send(VendorRun.Answer(status: status, body: body)).outcome == outcome)
    }

    @Test func aTextCallsNobodyAndOptionsCannotChangeThat() async throws {
        let text = "@everyone \"\u{0}\r\n"
        let run = try await Self.send(
            VendorRun.Answer(body: #"{"id":"1"}"#), text: text,
            rich:
                #"{"content":"x","allowed_mentions":{"parse":["everyone"]},"username":"Bank","embeds":[{"title":"t"}]}"#
        )
        #expect(
            try JSON.parse(VendorRun.body(try #require(run.requests.first))) == [
                "content": .string(text), "allowed_mentions": ["parse": []], "username": "Bank",
                "embeds": [["title": "t"]],
            ])
    }

    @Test func anAddressIsNeverAURLThatIsCalled() async throws {
        let run = try await Self.send(
            VendorRun.Answer(body: #"{"id":"1"}"#), to: ["https://discord.com/api/webhooks/1/a"])
        #expect(run.outcome == .permanent(reason: "invalid_recipient (discord no webhook of that name)"))
        #expect(run.requests.isEmpty)
    }

    @Test func settingsSayWhatIsWrong() {
        func hooks(_ json: String, _ more: String = "") -> String {
            configError(DiscordAdapter.self, #"{"webhooks":\#(json)\#(more)}"#)
        }
        let good = #"{"ops":"https://discord.com/api/webhooks/1/a"}"#
        #expect(configError(DiscordAdapter.self, "{}").contains("\"webhooks\" is missing"))
        #expect(
            hooks(#"{"ops":"https://discord.com.evil.example/x"}"#).contains("must stand at https://discord.com:443"))
        #expect(hooks(good, #","public_key":"abc""#).contains("64 hex digits"))
        #expect(hooks(good) == "no error")
        #expect(DiscordAdapter.codes.count >= 88)
    }
}
