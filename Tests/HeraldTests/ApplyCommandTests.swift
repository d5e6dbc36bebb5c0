import Domain
import Foundation
import TestDatabase
import Testing

/// `herald apply`: the difference is shown, made once, and then there is nothing left to do.
@Suite(.database) struct ApplyCommandTests {
    private func installation(_ environment: [String: String] = [:]) async throws -> HeraldCommand {
        let herald = try HeraldCommand(environment: environment)
        try await herald("tenant", "add", "acme", "--region", "SG")
        return herald
    }

    private static let sample = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "samples/herald.yaml").path

    @Test func theSampleIsMadeTrueOnce() async throws {
        let herald = try await installation(["TELCO_PASSWORD": "s3cret"])
        let dry = try await herald("apply", Self.sample, "--dry-run")
        #expect(dry.code == 0, "\(dry.errors)")
        #expect(
            dry.lines == [
                "+ provider telco (smpp)", "+ provider mail (smtp) of acme", "+ provider box (sandbox)",
                "+ grant of telco to acme", "+ price of provider telco, channel sms, prefix 65: 0.0425 SGD",
                "+ route channel sms, tenant acme, prefix 65,60, order 50: providers telco",
                "+ route channel email, tenant acme: providers mail,box",
                "+ sender for channel sms, tenant acme, country SG: ACME", "8 changes to make; nothing was done",
            ])
        #expect(try await herald("provider", "list", "--json").json == [])
        let refused = try await herald("apply", Self.sample)
        #expect(refused.code == 2 && refused.errors.contains("--yes"))
        let done = try await herald("apply", Self.sample, "--yes")
        #expect(done.code == 0 && done.output.hasSuffix("applied 8 changes\n"), "\(done.errors)")
        for words in [["apply", Self.sample], ["apply", Self.sample, "--prune", "--yes"]] {
            let again = try await herald.run(words, input: [])
            #expect(again.code == 0 && again.output == "nothing to do\n", "\(again.output)\(again.errors)")
        }
        #expect(try await herald("route", "list", "--json").json.arrayValue?.count == 2)
        for result in [dry, done] { #expect(!result.output.contains("s3cret") && !result.errors.contains("s3cret")) }
    }

    @Test func aChangeShowsWhatDiffersAndNoSecret() async throws {
        let herald = try await installation(["TOKEN": "s3cret-new"])
        _ = try herald.file("secret.txt", "s3cret-old\n")
        func text(_ host: String, _ password: String, _ provider: String) -> String {
            """
            {"providers": [{"name": "mail", "kind": "smtp", "settings": {"host": "\(host)", "user": "u", "password": "\(password)", "from": "a@acme.example"}},
             {"name": "box", "kind": "sandbox"}],
             "routes": [{"channel": "email", "providers": "\(provider)"}]}
            """
        }
        let first = try herald.file("a.json", text("a.example", "@secret.txt", "mail"))
        #expect(try await herald("apply", first, "--yes").code == 0)
        let second = try herald.file("b.json", text("b.example", "${TOKEN}", "box"))
        let changed = try await herald("apply", second, "--yes")
        #expect(
            changed.lines == [
                "~ provider mail: settings.host a.example -> b.example, settings.password changed",
                "~ route channel email: mail -> providers box", "applied 2 changes",
            ])
        #expect(!changed.output.contains("s3cret"))
        #expect(try await herald("apply", second).output == "nothing to do\n")
    }

    @Test func onlyPruningRemovesAndOnlyWhatTheFileSpeaksOf() async throws {
        let herald = try await installation()
        for name in ["a", "b"] { try await herald("provider", "add", name, "--kind", "sandbox") }
        try await herald("route", "add", "--channel", "sms", "--providers", "b", "--prefix", "65,60")
        try await herald("sender", "add", "ACME", "--channel", "sms")
        let file = try herald.file(
            "c.yaml",
            "providers:\n- {name: a, kind: sandbox}\nroutes:\n- {channel: sms, prefix: 65, providers: a}\n")
        #expect(
            try await herald("apply", file, "--yes").lines == [
                "~ route channel sms, prefix 65: b -> providers a", "applied 1 change",
            ])
        let pruned = try await herald("apply", file, "--yes", "--prune")
        #expect(
            pruned.lines == ["- route sms, numbers +60…: b", "- provider b (sandbox)", "applied 2 changes"],
            "\(pruned.output)\(pruned.errors)")
        #expect(try await herald("provider", "list", "--json").json.arrayValue?.map { $0["name"] } == ["a"])
        #expect(try await herald("sender", "list", "--json").json.arrayValue?.count == 1)
        #expect(try await herald("apply", file, "--prune").output == "nothing to do\n")
    }

    @Test(
        arguments: [
            ("providers:\n  - name: a\n\tkind: sandbox", "line 3"), ("colours: []", "colours"),
            ("providers: [{name: a, kind: pigeon}]", "pigeon"), ("providers: [{name: a}]", "kind"),
            ("providers: [{name: a, kind: twilio, settings: {auth_token: s3cret}}]", "account_sid"),
            ("providers: [{name: a, kind: smtp, settings: {password: '${NOPE}'}}]", "NOPE"),
            ("providers: [{name: a, kind: smtp, settings: {password: '@nope.txt'}}]", "nope.txt"),
            ("providers: [{name: a, kind: sandbox}, {name: a, kind: sandbox}]", "twice"),
            ("routes: [{channel: sms, providers: nobody}]", "routes, number 1"),
            ("grants: [{provider: nobody, tenant: acme}]", "nobody"), ("senders: [{channel: sms}]", "sender"),
            ("routes: [{channel: sms, colour: red, providers: x}]", "colour"), ("- a", "sections"),
        ] as [(String, String)])
    func whatIsWrongIsNamedAndNothingIsDone(text: String, hint: String) async throws {
        let herald = try await installation()
        let result = try await herald("apply", try herald.file("x.yaml", text), "--yes")
        #expect(result.code != 0 && result.errors.contains(hint), "\(result.errors)")
        #expect(!result.errors.contains("s3cret"))
        #expect(try await herald("provider", "list", "--json").json == [])
    }
}
