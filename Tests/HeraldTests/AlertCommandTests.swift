import Domain
import Storage
import TestDatabase
import Testing

@testable import herald

/// `herald alert …`, and sources that are paused by hand.
@Suite(.database) struct AlertCommandTests {
    @Test func rulesAreMadeShownAndEnded() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme")
        try await herald("source", "add", "shop", "--tenant", "acme")
        let builtIn = try #require(try await herald("alert", "rule", "list", "--json").json.arrayValue)
        #expect(builtIn.count == 9 && builtIn.allSatisfy { $0["pause_source"] == false })
        let added = try await herald(
            "alert", "rule", "add", "pumping", "--tenant", "acme", "--source", "shop", "--measure", "volume", "--by",
            "country", "--threshold", "4", "--min-count", "150", "--pause-source", "--including-critical")
        #expect(added.code == 0, "\(added.errors)")
        let table = try await herald("alert", "rule", "list").output
        #expect(table.contains("pumping") && table.contains("tells, pauses the source, critical too"))
        #expect(
            table.contains("shop of acme") && table.contains("4 times the usual") && table.contains("10 points off"))
        for (words, part) in [
            (["pumping", "--measure", "volume", "--by", "source"], "There is a rule “pumping” already"),
            (
                ["again", "--tenant", "acme", "--source", "shop", "--measure", "volume", "--by", "country"],
                "“pumping” says something of the same"
            ),
            (["x", "--measure", "latency", "--by", "source"], "latency is measured by provider"),
            (["x", "--measure", "volume", "--by", "provider", "--pause-source"], "can pause a source"),
            (["x", "--measure", "delivery", "--by", "source", "--threshold", "2"], "below 1"),
            (["x", "--by", "source"], "--measure is missing"),
            (["x", "--threshold", "0"], "--threshold takes a number from"),
            (["x", "--threshold", "-3"], "--threshold takes a number from"),
            (["x", "--measure", "volume", "--by", "source", "--threshold", "1e99"], "--threshold takes a number from"),
            (["x", "--measure", "volume", "--by", "moon"], "--by is one of"),
        ] {
            let refused = try await herald.run(["alert", "rule", "add"] + words, input: [])
            #expect(refused.code != 0 && refused.errors.contains(part), "\(words): \(refused.errors)")
        }
        #expect(try await herald("alert", "rule", "remove", "pumping").code == 0)
        #expect(try await herald("alert", "rule", "remove", "pumping").code == 1)
        let back = try await herald("alert", "rule", "remove", "silence").output
        let words = try #require(back.split(separator: "brings it back: herald ").last).split { " \n".contains($0) }
        #expect(try await herald.run(words.map(String.init), input: []).code == 0, "\(back)")
        let again = try #require(try await herald("alert", "rule", "list", "--json").json.arrayValue)
        #expect(Set(again.map(\.text)) == Set(builtIn.map(\.text)))
        try await herald("source", "pause", "shop")
        #expect(try await herald("source", "list").output.contains("paused"))
        #expect(try await herald("source", "show", "shop").output.contains("paused  since"))
    }

    @Test func alertsAreShownAndSomebodyLooksAfterThem() async throws {
        let herald = try HeraldCommand()
        let nothing = try await herald("alert", "list")
        #expect(
            nothing.output.contains("Nothing is out of the ordinary.")
                && nothing.output.contains("Nobody has looked yet"))
        try await herald("tenant", "add", "acme")
        try await herald("source", "add", "shop", "--tenant", "acme")
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        try await database.run {
            try $0.execute(
                """
                INSERT INTO alert (rule, rule_name, tenant, source, country, subject, measure, dimension, direction, opened_at, seen_at,
                                   spell, value, worst, usual, weeks)
                VALUES (2, 'country-spike', 1, 1, 'AZ', 's', 'volume', 'country', 'rise', now(), now(), 'running quarter', 600, 900, 3, 8);
                UPDATE watch_state SET looked_at = now(), judged = 12, silent = 4;
                """)
        }
        await database.close()
        let list = try await herald("alert", "list").output
        #expect(list.contains("source shop of acme to AZ: 900 messages in a quarter of an hour, usually 3"))
        #expect(list.contains("12 rates compared, 4 not yet (they need 4 weeks of history)"))
        let shown = try await herald("alert", "show", "1").output
        #expect(shown.contains("herald source pause shop --tenant acme") && shown.contains("8 past weeks"))
        #expect(try await herald("alert", "acknowledge", "1").code == 0)
        #expect(try await herald("alert", "acknowledge", "1").code == 1)
        #expect(
            try await herald("alert", "list", "--json").json["alerts"]?.arrayValue?.first?["acknowledged_by"] != .null)
        #expect(try await herald("alert", "show", "7").errors.contains("There is no alert “7”"))
        #expect(try await herald("alert", "list", "--tenant", "nobody").code == 1)
    }

    @Test func aPausedSourceSendsNoFileEither() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme")
        try await herald("source", "add", "shop", "--tenant", "acme")
        try await herald("template", "add", "hi", "--tenant", "acme", "--channel", "sms", "--text", "Hi")
        let file = try herald.file("people.csv", "phone\n+6591234567\n")
        func send() async throws -> HeraldCommand.Result {
            try await herald("campaign", "send", file, "--tenant", "acme", "--template", "hi", "--source", "shop")
        }
        #expect(try await herald("source", "pause", "shop").output.contains("shop is paused"))
        #expect(try await herald("source", "pause", "shop").output.contains("was paused before"))
        #expect(try await herald("source", "show", "shop", "--tenant", "acme").output.contains("paused  since"))
        let refused = try await send()
        #expect(
            refused.code == 1 && refused.errors.contains("herald source resume shop --tenant acme"), "\(refused.errors)"
        )
        #expect(try await herald("source", "resume", "shop").output.contains("shop sends again"))
        #expect(try await !send().errors.contains("paused"))
    }
}
