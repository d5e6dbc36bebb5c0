import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct TeamsAdapterTests {
    static func send(
        _ answer: VendorRun.Answer, to names: [String] = ["ops"], text: String = "Hello", rich: String = ""
    ) async throws -> VendorRun {
        try await VendorRun.send(
            TeamsAdapter.self,
            {
                #"""
                "base_url":"http://127.0.0.1:\#($0)","webhooks":{"ops":
                "http://127.0.0.1:\#($0)/workflows/1/triggers/manual/paths/invoke?api-version=2016-06-01&sig=a%2Bb"}
                """#
            }, testBatch(to: names, text: text, rich: rich, channel: .chat)
        ) { _ in answer }
    }

    /// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using: an adaptive
    /// card in a message.
    @Test func aTextBecomesACardLineByLine() async throws {
        let run = try await Self.send(
            VendorRun.Answer(status: 202), text: "[Pay](http://evil) *now*\r\nline 2\n\nline 4")
        let request = try #require(run.requests.first)
        #expect(
            VendorRun.line(request)
                == "POST /workflows/1/triggers/manual/paths/invoke?api-version=2016-06-01&sig=a%2Bb HTTP/1.1")
        func line(_ text: String, isClose: Bool = false) -> JSON {
            let inlines: JSON = [["type": "TextRun", "text": .string(text)]]
            return isClose
                ? ["type": "RichTextBlock", "spacing": "None", "inlines": inlines]
                : ["type": "RichTextBlock", "inlines": inlines]
        }
        #expect(
            try JSON.parse(VendorRun.body(request)) == [
                "type": "message",
                "attachments": [
                    [
                        "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil,
                        "content": [
                            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard",
                            "version": "1.4",
                            "body": [
                                line("[Pay](http://evil) *now*"), line("line 2", isClose: true), line("line 4"),
                            ],
                        ],
                    ]
                ],
            ])
    }

    @Test func aCardOfTheSendersOwnTakesItsPlace() async throws {
        let run = try await Self.send(
            VendorRun.Answer(status: 202), rich: #"{"card":{"type":"AdaptiveCard","body":[]},"type":"x"}"#)
        let body = try JSON.parse(VendorRun.body(try #require(run.requests.first)))
        #expect(body["attachments"]?.arrayValue?.first?["content"] == ["type": "AdaptiveCard", "body": []])
        #expect(body["type"] == "message")
    }

    static let failed = "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error "

    @Test(arguments: [
        (200, "", "1", Outcome.sent(reference: "", cost: nil)),
        (202, "x-ms-workflow-run-id: 08585CU12\r\n", "", .sent(reference: "08585CU12", cost: nil)),
        (202, "", "", .sent(reference: "", cost: nil)),
        (200, "", failed + "429 with ContextId tcid=0,server=msgapi,cv=deadbeef=2..", .throttled(after: .seconds(1))),
        (200, "", failed + "400 with ContextId MS-CV=x", .permanent(reason: "content_refused (teams 400)")),
        (200, "", failed + "413 with ContextId", .permanent(reason: "too_large (teams 413)")),
        (200, "", failed + "404", .permanent(reason: "invalid_recipient (teams 404)")),
        (200, "", failed + "403", .temporary(reason: "account_refused (teams 403)")),
        (200, "", failed + "500", .inDoubt(reason: "unclear_reply (teams 500)")),
        (200, "", failed + "503", .temporary(reason: "provider_busy (teams 503)")),
        (200, "", failed + "x", .inDoubt(reason: "unclear_reply (teams 200)")),
        (200, "", "<html>", .inDoubt(reason: "unclear_reply (teams 200)")),
        (200, "", String(repeating: "1", count: 100_000), .inDoubt(reason: "unclear_reply (teams 200)")),
        (400, "", "Summary or Text is required.", .permanent(reason: "content_refused (teams 400)")),
        (410, "", "connector is gone", .permanent(reason: "invalid_recipient (teams 410)")),
        (429, "Retry-After: 9\r\n", "", .throttled(after: .seconds(9))),
        (
            401, "", #"{"error":{"code":"DirectApiAuthorizationRequired","message":"m"}}"#,
            .temporary(reason: "account_refused (teams DirectApiAuthorizationRequired)")
        ),
        (
            400, "", #"{"error":{"code":"WorkflowTriggerIsNotEnabled"}}"#,
            .temporary(reason: "account_refused (teams WorkflowTriggerIsNotEnabled)")
        ),
        (502, "", #"{"error":{"code":"NoResponse"}}"#, .inDoubt(reason: "unclear_reply (teams NoResponse)")),
    ])
    func repliesAreReadAsTheyAreMeant(status: Int, headers: String, body: String, outcome: Outcome) async throws {
        let answer = VendorRun.Answer(status: status, headers: headers, body: body)
        #expect(try await Self.send(answer).outcome == outcome)
    }

    @Test func settingsSayWhatIsWrong() {
        func hooks(_ json: String) -> String { configError(TeamsAdapter.self, #"{"webhooks":\#(json)}"#) }
        #expect(configError(TeamsAdapter.self, "{}").contains("\"webhooks\" is missing"))
        #expect(hooks(#"{"ops":"http://contoso.webhook.office.com/x"}"#).contains("must begin with https://"))
        #expect(
            hooks(#"{"a":"https://contoso.webhook.office.com/x","b":"https://prod-1.logic.azure.com:443/y"}"#)
                .contains("must stand at https://contoso.webhook.office.com:443"))
        #expect(
            hooks(#"{"a":"https://prod-1.logic.azure.com:443/x","b":"https://prod-1.logic.azure.com/y"}"#) == "no error"
        )
        #expect(TeamsAdapter.codes.count >= 20)
    }
}
