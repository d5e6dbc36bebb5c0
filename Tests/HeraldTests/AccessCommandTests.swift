import Domain
import Foundation
import TestDatabase
import Testing

/// Keys, permitted uses and limits, as people set them.
@Suite(.database) struct AccessCommandTests {
    private func installation() async throws -> HeraldCommand {
        let herald = try HeraldCommand()
        for tenant in ["acme", "beta"] { try await herald("tenant", "add", tenant) }
        try await herald("source", "add", "checkout", "--tenant", "acme")
        return herald
    }

    /// The key that a command put on standard output.
    private func made(_ result: HeraldCommand.Result) throws -> APIKeyToken {
        #expect(result.code == 0 && result.lines.count == 1, "\(result.errors)")
        return try #require(APIKeyToken(Array(result.lines[0].utf8)))
    }

    @Test func aKeyIsShownOnceAndThenOnlyItsName() async throws {
        let herald = try await installation()
        let added = try await herald(
            "key", "add", "--source", "checkout", "--scope", "send:otp,keys:*", "--expires", "90d", "--network",
            "10.0.0.0/8,2001:db8::/32", "--network", "192.0.2.7", "--test")
        let token = try made(added)
        #expect(token.isIntact && token.isTest && added.errors.contains("never shown again"))
        let secret = String(decoding: token.text.suffix(49), as: UTF8.self)
        #expect(!added.errors.contains(secret))
        let list = try await herald("key", "list")
        let show = try await herald("key", "show", token.id.description)
        for text in [list.output, show.output] {
            #expect(text.contains(token.description) && !text.contains(secret) && text.contains("send:otp"))
        }
        let json = try await herald("key", "show", token.description, "--json").json
        #expect(json["scopes"] == ["send:otp", "keys:read", "keys:write"] && json["state"] == "test")
        #expect(json["networks"] == ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7/32"] && json["last_used_at"] == .null)
        #expect(try await herald("key", "list", "--tenant", "beta", "--json").json == [])
    }

    @Test func aKeyIsRotatedAndRevoked() async throws {
        let herald = try await installation()
        let first = try made(try await herald("key", "add", "--source", "checkout", "--scope", "admin"))
        let second = try made(try await herald("key", "rotate", first.description, "--overlap", "2h"))
        #expect(second.id == first.id && second.text != first.text)
        #expect(try await herald("key", "show", first.description).output.contains("the secret before holds until"))
        // The whole key is a name too: whoever found a leaked one can end it.
        let whole = String(decoding: second.text, as: UTF8.self)
        #expect(try await herald("key", "revoke", whole).output == "revoked \(first.description) of checkout\n")
        #expect(try await herald("key", "revoke", first.description).code == 1)
        let rotated = try await herald("key", "rotate", first.description)
        #expect(rotated.code == 1 && rotated.errors.contains("has ended") && rotated.output.isEmpty)
        #expect(try await herald("key", "list", "--json").json.arrayValue?.first?["state"] == "revoked")
    }

    @Test(
        arguments: [
            (["key", "add", "--source", "checkout"], "--scope is missing"),
            (["key", "add", "--source", "checkout", "--scope", "send:sms"], "send:otp"),
            (["key", "add", "--source", "checkout", "--scope", "admin", "--expires", "2001-01-01T00:00:00Z"], "ahead"),
            (["key", "add", "--source", "checkout", "--scope", "admin", "--network", "10.1.2.3/8"], "10.0.0.0/8"),
            (["key", "add", "--source", "checkout", "--scope", "admin", "--network", "home"], "home"),
            (["key", "show", "nonsense"], "key list"), (["key", "rotate", "0123456789", "--overlap", "90d"], "30d"),
            (["source", "permit", "checkout", "--category", "spam"], "marketing"),
            (["source", "permit", "checkout", "--country", "UK"], "UK"),
            (["source", "permit", "checkout", "--content", "any"], "raw"),
            (["source", "limit", "checkout", "--rate", "fast"], "--rate"),
            (["source", "limit", "checkout", "--burst", "10"], "--rate"),
            (["source", "limit", "checkout", "--per-day", "0"], "--per-day"),
        ] as [([String], String)])
    func aWrongCommandLineIsCodeTwoAndSaysWhatToWrite(words: [String], hint: String) async throws {
        let result = try await installation().run(words, input: [])
        #expect(result.code == 2 && result.errors.contains(hint) && result.output.isEmpty, "\(result.errors)")
    }

    @Test func aSourceMayBeNamedWithoutItsTenantWhereThereIsOne() async throws {
        let herald = try await installation()
        try await herald("source", "add", "checkout", "--tenant", "beta")
        let both = try await herald("key", "add", "--source", "checkout", "--scope", "admin")
        #expect(both.code == 1 && both.errors.contains("acme, beta"))
        #expect(
            try await herald("key", "add", "--source", "checkout", "--scope", "admin", "--tenant", "beta").code == 0)
        #expect(try await herald("key", "add", "--source", "nobody", "--scope", "admin").code == 1)
    }

    @Test func usesArePermittedShownAndTakenBack() async throws {
        let herald = try await installation()
        let open = try await herald("source", "permits")
        #expect(open.lines.last?.contains("what its keys' scopes say, by templates") == true)
        let first = try await herald(
            "source", "permit", "checkout", "--category", "alert,otp", "--channel", "sms", "--country", "SG,MY",
            "--content", "raw")
        #expect(
            first.lines == [
                "permitted as number 1: checkout may send otp, alert by sms to MY, SG, texts of its own too"
            ])
        #expect(first.errors.contains("from now on only this"))
        let again = try await herald(
            "source", "permit", "checkout", "--category", "otp,alert", "--channel", "sms", "--country", "MY,SG",
            "--content", "raw")
        #expect(again.output.hasPrefix("it was permitted before") && again.errors.isEmpty)
        let list = try await herald("source", "permits", "checkout", "--json").json
        #expect(list.arrayValue?.count == 1)
        #expect(list.arrayValue?.first?["use"]?["categories"] == ["alert", "otp"])
        let last = try await herald("source", "forbid", "1")
        #expect(last.code == 1 && last.errors.contains("--open"))
        #expect(try await herald("source", "forbid", "1", "--open").code == 0)
        #expect(try await herald("source", "forbid", "1").code == 1)
    }

    @Test func limitsAreSetOneByOne() async throws {
        let herald = try await installation()
        #expect(try await herald("source", "limit", "checkout").output == "checkout: not limited\n")
        #expect(
            try await herald("source", "limit", "checkout", "--rate", "50", "--per-day", "100000").output
                == "checkout: 50 a second (burst 50), 100,000 a day\n")
        #expect(
            try await herald(
                "source", "limit", "checkout", "--burst", "80", "--critical-rate", "0.5", "--per-hour", "9"
            )
            .output
                == "checkout: 50 a second (burst 80), critical 0.5 a second (burst 1), 9 an hour, 100,000 a day\n")
        let json = try await herald("source", "limit", "checkout", "--rate", "none", "--per-hour", "none", "--json")
            .json
        #expect(json["limits"]?["rate"] == .null && json["limits"]?["per_day"] == 100_000)
        #expect(json["limits"]?["critical_rate"] == 0.5)
    }

    @Test func aFileSaysWhatSourcesMaySend() async throws {
        let herald = try await installation()
        let text = """
            permits:
              - {source: checkout, tenant: acme, category: [otp, transactional], channel: sms, country: [SG]}
              - {source: checkout, content: raw, category: alert}
            limits:
              - {source: checkout, rate: 50, per-day: 100000}
            """
        let file = try herald.file("a.yaml", text)
        let done = try await herald("apply", file, "--yes")
        #expect(
            done.lines == [
                "+ permit of checkout: otp, transactional by sms to SG",
                "+ permit of checkout: alert, texts of its own too",
                "+ limit of checkout: 50 a second (burst 50), 100,000 a day", "applied 3 changes",
            ], "\(done.errors)")
        #expect(try await herald("apply", file, "--prune").output == "nothing to do\n")
        let less = try herald.file(
            "b.yaml",
            "permits:\n- {source: checkout, category: alert, content: raw}\nlimits:\n- {source: checkout, rate: 10}\n")
        #expect(
            try await herald("apply", less, "--yes", "--prune").lines == [
                "- permit of checkout: otp, transactional by sms to SG",
                "~ limit of checkout: 50 a second (burst 50), 100,000 a day -> 10 a second (burst 10)",
                "applied 2 changes",
            ])
        let none = try await herald("apply", try herald.file("c.yaml", "permits: []\nlimits: []\n"), "--yes", "--prune")
        #expect(none.code == 1 && none.errors.contains("--open"))
        for (bad, hint) in [
            ("permits: [{source: nobody}]", "nobody"), ("permits: [{category: otp}]", "source"),
            ("limits: [{source: checkout, rate: 1}, {source: checkout, rate: 2}]", "above"),
        ] {
            let result = try await herald("apply", try herald.file("d.yaml", bad), "--yes")
            #expect(result.code != 0 && result.errors.contains(hint), "\(result.errors)")
        }
    }
}
