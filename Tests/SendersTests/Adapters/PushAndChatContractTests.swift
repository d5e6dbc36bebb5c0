import Domain
import TestSupport
import Testing

@testable import Senders

/// The contract of all adapters, for push and chat.
@Suite struct PushAndChatContractTests {
    @Test func fcmPasses() async throws {
        let key = quoted(try PushKeys.rsa.get().secret)
        let account = #"{"client_email":"a@b.example","project_id":"p","private_key":\#(key)}"#
        func error(_ code: String) -> String { #"{"error":{"details":[{"errorCode":"\#(code)"}]}}"# }
        try await AdapterContract(
            kind: "fcm", settings: #""service_account":\#(account),"token_uri":"/token""#, codes: FCMAdapter.codes,
            batch: testBatch(to: [FCMAdapterTests.token], subject: "s", rich: #"{"k":"v"}"#, channel: .push),
            replies: [
                ReplyCase(
                    "accepted", 200, #"{"name":"projects/p/messages/1"}"#,
                    .sent(reference: "projects/p/messages/1", cost: nil)),
                ReplyCase("quota", 429, error("QUOTA_EXCEEDED"), .throttled(after: .seconds(60))),
                ReplyCase("busy", 503, error("UNAVAILABLE"), .temporary(reason: "provider_busy (fcm UNAVAILABLE)")),
                ReplyCase("gone", 404, error("UNREGISTERED"), .permanent(reason: "unregistered (fcm UNREGISTERED)")),
                ReplyCase("broken", 500, error("INTERNAL"), .inDoubt(reason: "unclear_reply (fcm INTERNAL)")),
            ],
            aside: {
                $0.hasPrefix("POST /token") ? #"{"access_token":"t","expires_in":3599,"token_type":"Bearer"}"# : nil
            }
        ).check()
    }

    /// What is particular to HTTP/2 stands in `APNsAdapterTests`.
    @Test func apnsPasses() async throws {
        let key = quoted(try PushKeys.elliptic.get().secret)
        func error(_ reason: String) -> String { #"{"reason":"\#(reason)"}"# }
        try await AdapterContract(
            kind: "apns", settings: #""key":\#(key),"key_id":"K","team_id":"T","topic":"com.example.app""#,
            codes: APNsAdapter.codes,
            batch: testBatch(to: [APNsAdapterTests.device], subject: "s", rich: #"{"k":"v"}"#, channel: .push),
            replies: [
                ReplyCase("accepted", 200, "", .sent(reference: "a-1", cost: nil), headers: "apns-id: A-1\r\n"),
                ReplyCase("too many", 429, error("TooManyProviderTokenUpdates"), .throttled(after: .seconds(60))),
                ReplyCase("closing", 503, error("Shutdown"), .temporary(reason: "provider_busy (apns Shutdown)")),
                ReplyCase("gone", 410, error("Unregistered"), .permanent(reason: "unregistered (apns Unregistered)")),
                ReplyCase(
                    "broken", 500, error("InternalServerError"),
                    .inDoubt(reason: "unclear_reply (apns InternalServerError)")),
            ], recipientStandsInPath: true
        ).check()
    }

    @Test func slackPassesAsABot() async throws {
        let signed = try ChatCallbackTests.sign(Self.slackMessage)
        func error(_ code: String) -> String { #"{"ok":false,"error":"\#(code)"}"# }
        try await AdapterContract(
            kind: "slack", settings: #""bot_token":"xoxb-1","signing_secret":\#(quoted(signed.slackSecret))"#,
            codes: SlackAdapter.codes, batch: testBatch(to: ["C123ABC456"], channel: .chat),
            replies: [
                ReplyCase(
                    "accepted", 200, #"{"ok":true,"channel":"C1","ts":"1503435956.000247"}"#,
                    .sent(reference: "C1/1503435956.000247", cost: nil)),
                ReplyCase(
                    "limited", 429, error("ratelimited"), .throttled(after: .seconds(3)), headers: "Retry-After: 3\r\n"),
                ReplyCase(
                    "revoked", 200, error("token_revoked"), .temporary(reason: "account_refused (slack token_revoked)")),
                ReplyCase(
                    "archived", 200, error("is_archived"), .permanent(reason: "invalid_recipient (slack is_archived)")),
                ReplyCase("fatal", 200, error("fatal_error"), .inDoubt(reason: "unclear_reply (slack fatal_error)")),
            ],
            receipts: [
                ReceiptCase(
                    name: "a message", callback: signed.slackCallback,
                    events: [.reply(InboundReply(from: "U1", to: "D1", text: "STOP"))])
            ]
        ).check()
    }

    @Test func slackPassesWithWebhooks() async throws {
        try await AdapterContract(
            kind: "slack", settings: #""webhooks":{"ops":"/services/T0/B0/X"}"#, codes: SlackAdapter.codes,
            batch: testBatch(to: ["ops"], channel: .chat),
            replies: [
                ReplyCase("accepted", 200, "ok", .sent(reference: "", cost: nil)),
                ReplyCase("limited", 429, "rate_limited", .throttled(after: .seconds(1))),
                ReplyCase("no team", 403, "team_disabled", .temporary(reason: "account_refused (slack team_disabled)")),
                ReplyCase("gone", 404, "no_service", .permanent(reason: "invalid_recipient (slack no_service)")),
                ReplyCase("broken", 500, "rollup_error", .inDoubt(reason: "unclear_reply (slack rollup_error)")),
            ]
        ).check()
    }

    @Test func discordPasses() async throws {
        let signed = try ChatCallbackTests.sign(
            #"{"type":3,"channel_id":"9","user":{"id":"7"},"data":{"custom_id":"STOP"}}"#)
        func error(_ code: Int) -> String { #"{"message":"m","code":\#(code)}"# }
        try await AdapterContract(
            kind: "discord",
            settings: #""webhooks":{"ops":"/api/webhooks/1/a"},"public_key":"\#(signed.discordKey)""#,
            codes: DiscordAdapter.codes, batch: testBatch(to: ["ops"], channel: .chat),
            replies: [
                ReplyCase(
                    "accepted", 200, #"{"id":"1015034326372454400"}"#,
                    .sent(reference: "1015034326372454400", cost: nil)),
                ReplyCase("limited", 429, #"{"retry_after":0.65}"#, .throttled(after: .milliseconds(650))),
                ReplyCase("overloaded", 503, "", .temporary(reason: "provider_busy (discord 503)")),
                ReplyCase("gone", 404, error(10015), .permanent(reason: "invalid_recipient (discord 10015)")),
                ReplyCase("no gateway", 502, "", .inDoubt(reason: "provider_error (discord 502)")),
            ],
            receipts: [
                ReceiptCase(
                    name: "a button", callback: signed.discordCallback,
                    events: [.reply(InboundReply(from: "7", to: "9", text: "STOP"))])
            ]
        ).check()
    }

    @Test func teamsPasses() async throws {
        try await AdapterContract(
            kind: "teams", settings: #""webhooks":{"ops":"/webhookb2/1"}"#, codes: TeamsAdapter.codes,
            batch: testBatch(to: ["ops"], channel: .chat),
            replies: [
                ReplyCase("accepted", 200, "1", .sent(reference: "", cost: nil)),
                ReplyCase(
                    "limited inside a 200", 200, TeamsAdapterTests.failed + "429 with", .throttled(after: .seconds(1))),
                ReplyCase("closed", 401, "", .temporary(reason: "account_refused (teams 401)")),
                ReplyCase("gone", 410, "", .permanent(reason: "invalid_recipient (teams 410)")),
                ReplyCase(
                    "broken inside a 200", 200, TeamsAdapterTests.failed + "500 with",
                    .inDoubt(reason: "unclear_reply (teams 500)")),
            ]
        ).check()
    }

    static let slackMessage =
        #"{"type":"event_callback","event":{"type":"message","channel":"D1","user":"U1","text":"STOP"}}"#
}
