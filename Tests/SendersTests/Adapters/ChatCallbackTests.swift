import Domain
private import Foundation
import TestSupport
import Testing

@testable import Senders

/// Callbacks signed by the vendors' own libraries.
@Suite struct ChatCallbackTests {
    static let time: Int64 = 1_700_000_000
    static let now = Timestamp(micros: time * 1_000_000)

    struct Signed {
        var slack: SlackCallbacks
        var discord: DiscordCallbacks
        var slackCallback: ProviderCallback
        var discordCallback: ProviderCallback
        var slackSecret: String
        var discordKey: String
    }

    static func sign(_ body: String) throws -> Signed {
        let hex = body.utf8.map { String(format: "%02x", $0) }.joined()
        let line = try #require(
            try PythonOracle.json("vendors/chat_signatures.py", [String(time), hex]).first)
        func text(_ name: String) -> String { line[name]?.stringValue ?? "" }
        let slackSettings: JSON = ["bot_token": "x", "signing_secret": .string(text("slack_secret"))]
        let discordSettings: JSON = [
            "webhooks": ["a": "https://discord.com/x"], "public_key": .string(text("discord_key")),
        ]
        var slack = ConfigReader(try #require(slackSettings.objectValue))
        var discord = ConfigReader(try #require(discordSettings.objectValue))
        return Signed(
            slack: try #require(try SlackAdapter(&slack).callbacks as? SlackCallbacks),
            discord: try #require(try DiscordAdapter(&discord).callbacks as? DiscordCallbacks),
            slackCallback: callback(
                body, [("X-Slack-Signature", text("slack")), ("X-Slack-Request-Timestamp", String(time))]),
            discordCallback: callback(
                body, [("X-Signature-Ed25519", text("discord")), ("X-Signature-Timestamp", String(time))]),
            slackSecret: text("slack_secret"), discordKey: text("discord_key"))
    }

    static func callback(_ body: String, _ headers: [(String, String)]) -> ProviderCallback {
        ProviderCallback(
            provider: "chat", receivedAt: now, kind: "x", contentType: "application/json", body: Array(body.utf8),
            method: "POST", url: "https://h/v1/callbacks/chat",
            headers: headers.map { ProviderCallback.Header(name: $0.0, value: $0.1) })
    }

    @Test func whatTheVendorSignedIsGenuineAndNothingElse() throws {
        let signed = try Self.sign(#"{"type":"event_callback","event":{}}"#)
        #expect(signed.slack.verify(signed.slackCallback, now: Self.now) == .genuine)
        #expect(signed.discord.verify(signed.discordCallback, now: Self.now) == .genuine)
        for change in 0..<4 {
            var (slack, discord) = (signed.slackCallback, signed.discordCallback)
            switch change {
            case 0:
                slack.body.append(0x20)
                discord.body.append(0x20)
            case 1:
                slack.headers.removeFirst()
                discord.headers.removeFirst()
            case 2:
                slack.headers[1].value += "0"
                discord.headers[1].value = "x"
            default:
                slack.headers[0].value = "v0="
                discord.headers[0].value = "00"
            }
            #expect(Self.isForged(signed.slack.verify(slack, now: Self.now)), "\(change)")
            #expect(Self.isForged(signed.discord.verify(discord, now: Self.now)), "\(change)")
        }
    }

    @Test(arguments: [(-301, true), (-300, false), (300, false), (301, true)])
    func anOldSignatureIsAReplay(seconds: Int, isForged: Bool) throws {
        let signed = try Self.sign("{}")
        let now = Self.now + .seconds(seconds)
        #expect(Self.isForged(signed.slack.verify(signed.slackCallback, now: now)) == isForged)
        #expect(Self.isForged(signed.discord.verify(signed.discordCallback, now: now)) == isForged)
    }

    @Test func questionsWhoWeAreAreAnswered() throws {
        let slack = try Self.sign(#"{"token":"x","challenge":"3eZbrw1aB","type":"url_verification"}"#)
        #expect(slack.slack.verify(slack.slackCallback, now: Self.now) == .challenge(reply: "3eZbrw1aB"))
        let discord = try Self.sign(#"{"type":1,"id":"1","token":"t","version":1}"#)
        #expect(discord.discord.verify(discord.discordCallback, now: Self.now) == .challenge(reply: #"{"type":1}"#))
        var unsigned = slack.slackCallback
        unsigned.headers = []
        #expect(Self.isForged(slack.slack.verify(unsigned, now: Self.now)))
    }

    @Test func whatPeopleWriteToSlackIsAReply() throws {
        let reader = SlackCallbacks(secret: [1])
        func events(_ body: String) throws -> [ReceiptEvent] { try reader.events(Self.callback(body, [])) }
        #expect(
            try events(
                #"{"type":"event_callback","event":{"type":"message","channel":"D024","user":"U061","text":"STOP &amp; &lt;b&gt;","ts":"1355517523.000005"}}"#
            ) == [
                .reply(
                    InboundReply(
                        from: "U061", to: "D024", text: "STOP & <b>", at: Timestamp(micros: 1_355_517_523_000_000)))
            ])
        #expect(
            try events(
                #"{"type":"event_callback","event":{"type":"message","bot_id":"B1","user":"U","channel":"C","text":"x"}}"#
            ).isEmpty)
        #expect(
            try events(
                #"{"type":"event_callback","event":{"type":"message","subtype":"message_changed","channel":"C"}}"#
            ).isEmpty)
        #expect(try events(#"{"type":"event_callback","event":{"type":"reaction_added","user":"U"}}"#).isEmpty)
        let press =
            #"{"type":"block_actions","user":{"id":"U1"},"channel":{"id":"C1"},"actions":[{"action_id":"a","value":"STOP"}]}"#
        let form = "payload=" + press.utf8.map { String(format: "%%%02X", $0) }.joined()
        #expect(try events(form) == [.reply(InboundReply(from: "U1", to: "C1", text: "STOP"))])
        #expect(throws: UnreadableCallback.self) { try events("{") }
        #expect(throws: UnreadableCallback.self) { try events(String(repeating: #"{"a":"#, count: 100_000)) }
    }

    @Test func whatPeoplePressInDiscordIsAReply() throws {
        let signed = try Self.sign("{}")
        func events(_ body: String) throws -> [ReceiptEvent] { try signed.discord.events(Self.callback(body, [])) }
        #expect(
            try events(#"{"type":3,"channel_id":"9","member":{"user":{"id":"7"}},"data":{"custom_id":"STOP"}}"#)
                == [.reply(InboundReply(from: "7", to: "9", text: "STOP"))])
        #expect(
            try events(#"{"type":2,"channel_id":"9","user":{"id":"7"},"data":{"name":"stop"}}"#)
                == [.reply(InboundReply(from: "7", to: "9", text: "stop"))])
        #expect(try events(#"{"type":0}"#).isEmpty)
        #expect(throws: UnreadableCallback.self) { try events("<") }
    }

    private static func isForged(_ verdict: CallbackVerdict) -> Bool {
        if case .forged = verdict { true } else { false }
    }
}
