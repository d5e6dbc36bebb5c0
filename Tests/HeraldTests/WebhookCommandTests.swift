import Domain
import Foundation
import TestDatabase
import TestSupport
import Testing

/// Webhooks, as people set them up.
@Suite(.database) struct WebhookCommandTests {
    private func installation() async throws -> HeraldCommand {
        let herald = try HeraldCommand(environment: ["HERALD_WEBHOOK_NETWORKS": "127.0.0.0/8"])
        try await herald("tenant", "add", "acme")
        try await herald("source", "add", "checkout", "--tenant", "acme")
        return herald
    }

    @Test func aWebhookIsMadeTriedRotatedAndEnded() async throws {
        let herald = try await installation()
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let added = try await herald(
            "webhook", "add", receiver.url("/hooks"), "--source", "checkout", "--event", "message.delivered,campaign.*",
            "--label", "till")
        #expect(added.code == 0 && added.lines.count == 1, "\(added.errors)")
        let secret = try #require(added.lines.first)
        #expect(
            secret.hasPrefix("whsec_") && added.errors.contains("never shown again") && !added.errors.contains(secret))
        let list = try await herald("webhook", "list")
        let show = try await herald("webhook", "show", "1")
        for text in [list.output, show.output] {
            #expect(text.contains(receiver.url("/hooks")) && text.contains("checkout") && !text.contains("whsec_"))
        }
        #expect(show.output.contains("message.delivered, campaign.finished, campaign.cancelled"))
        #expect(try await herald("webhook", "test", "1").code == 0)
        #expect(try receiver.verified("/hooks", secret).fine.count == 1)
        try receiver.answer("/hooks", "403")
        let failed = try await herald("webhook", "test", "1")
        #expect(failed.code == 1 && failed.errors.contains("It answered 403."), "\(failed.errors)")
        let rotated = try await herald("webhook", "rotate", "1", "--overlap", "2h", "--json").json
        #expect(rotated["secret"]?.stringValue.map { $0 != secret } == true)
        #expect(try await herald("webhook", "show", "1").output.contains("the secret before signs too until"))
        let replayed = try await herald("webhook", "replay", "1", "--since", "2026-01-01T00:00:00Z")
        #expect(replayed.output == "There was nothing to tell.\n")
        #expect(try await herald("webhook", "enable", "1").output == "enabled webhook 1\n")
        #expect(try await herald("webhook", "remove", "1").output == "removed webhook 1\n")
        #expect(try await herald("webhook", "list", "--json").json == [])
        #expect(try await herald("webhook", "show", "1").code == 1)
    }

    @Test(
        arguments: [
            (["add", "https://a.example/", "--tenant", "acme"], "--event is missing"),
            (["add", "https://a.example/", "--tenant", "acme", "--event", "message.lost"], "message.delivered"),
            (["add", "https://a.example/", "--event", "*"], "--tenant"),
            (["add", "https://10.0.0.1/", "--tenant", "acme", "--event", "*"], "HERALD_WEBHOOK_NETWORKS"),
            (["add", "a.example", "--tenant", "acme", "--event", "*"], "https://"),
            (["replay", "1"], "--since"), (["replay", "1", "--event", "x"], "evt_123"),
            (["replay", "1", "--since", "2026-01-02T00:00:00Z", "--until", "2026-01-01T00:00:00Z"], "later"),
            (["rotate", "1", "--overlap", "90d"], "30d"),
        ] as [([String], String)])
    func aWrongCommandLineIsCodeTwoAndSaysWhatToWrite(words: [String], hint: String) async throws {
        let result = try await installation().run(["webhook"] + words, input: [])
        #expect(result.code == 2 && result.errors.contains(hint) && result.output.isEmpty, "\(result.errors)")
    }

    @Test func aSettingThatIsNoNetworkIsNamed() async throws {
        let herald = try HeraldCommand(environment: ["HERALD_WEBHOOK_NETWORKS": "home"])
        try await herald("tenant", "add", "acme")
        let result = try await herald("webhook", "add", "https://a.example/", "--tenant", "acme", "--event", "*")
        #expect(result.code == 1 && result.errors.contains("“home” is no network"), "\(result.errors)")
    }
}
