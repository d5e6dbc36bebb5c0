import Domain
import TestDatabase
import Testing

@Suite(.database) struct TemplateCommandTests {
    @Test func aLocaleMakesAVersionAndTheOthersStay() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme")
        #expect(
            try await herald("template", "add", "hi", "--tenant", "acme", "--channel", "sms", "--text", "Hi {{ name }}")
                .code == 0)
        let second = try await herald(
            "template", "add", "hi", "--tenant", "acme", "--locale", "de", "--text", "Hallo {{ name }}", "--json")
        #expect(second.code == 0)
        #expect(try second.json["version"] == 2 && second.json["default_locale"] == "en")
        #expect(try second.json["locales"] == ["en": ["text": "Hi {{ name }}"], "de": ["text": "Hallo {{ name }}"]])
        #expect(
            try await herald(
                "template", "add", "hi", "--tenant", "acme", "--locale", "de", "--text", "Hallo {{ name }}", "--json"
            ).json["version"] == 2)
        #expect(
            try await herald("template", "show", "hi", "--tenant", "acme", "--version", "1", "--json").json["locales"]
                == ["en": ["text": "Hi {{ name }}"]])
        #expect(try await herald("template", "show", "hi", "--tenant", "acme", "--version", "9").code == 1)
        #expect(
            try await herald(
                "template", "add", "hi", "--tenant", "acme", "--channel", "email", "--subject", "x", "--text", "y"
            ).code == 1)
        #expect(try await herald("template", "list", "--tenant", "acme").output.contains("en, de"))
        #expect(try await herald("template", "remove", "hi", "--tenant", "acme").code == 0)
        #expect(try await herald("template", "show", "hi", "--tenant", "acme").code == 1)
        #expect(
            try await herald("template", "add", "hi", "--tenant", "acme", "--channel", "sms", "--text", "x", "--json")
                .json["version"] == 3)
    }

    @Test func anErrorShowsItsPlace() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme")
        let file = try herald.file("body.html", "<p>\n\tHi {{ name | shout }}\n</p>")
        let result = try await herald(
            "template", "add", "hi", "--tenant", "acme", "--channel", "email", "--subject", "S", "--html-file", file)
        #expect(result.code == 1 && result.errors.contains("en, html, line 2, column "))
        let lines = result.errors.split(separator: "\n")
        let caret = try #require(lines.last?.firstIndex(of: "^"))
        #expect(lines.dropLast().last == "  \tHi {{ name | shout }}")
        #expect(lines.last?[..<caret].allSatisfy { $0 == " " || $0 == "\t" } == true)
    }

    @Test(arguments: [
        ["--channel", "email", "--text", "x"], ["--channel", "sms"], ["--channel", "sms", "--text", ""],
        ["--channel", "sms", "--text", "x", "--html", "y"], ["--channel", "push", "--title", "x"],
    ]) func aMessageNeedsItsParts(options: [String]) async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme")
        let result = try await herald.run(["template", "add", "t", "--tenant", "acme"] + options, input: [])
        #expect(result.code == 1 && !result.errors.isEmpty)
    }

    @Test func wholeTemplatesComeFromFiles() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme")
        let whole =
            "{\"channel\":\"push\",\"default_locale\":\"de\",\"locales\":{\"de\":{\"title\":\"T\",\"text\":\"x\",\"data\":{\"id\":\"{{ id }}\"}}}}"
        #expect(
            try await herald("template", "add", "p", "--tenant", "acme", "--file", try herald.file("p.json", whole))
                .code == 0)
        let shown = try await herald("template", "show", "p", "--tenant", "acme", "--json").json
        #expect(shown["locales"]?["de"]?["data"] == ["id": "{{ id }}"])
        let lines = """
            {"name":"a","channel":"sms","text":"Hi"}
            {"name":"b","channel":"email","locales":{"en":{"subject":"S","html":"<b>"},"fr":{"subject":"S","text":"{{"}}}
            {"name":"c","channel":"email","locales":{"fr":{"subject":"S","text":"Salut"}}}
            """
        let imported = try await herald("template", "import", try herald.file("t.ndjson", lines), "--tenant", "acme")
        #expect(imported.code == 3 && imported.errors.contains("line 2: fr, text, line 1"))
        #expect(
            try await herald("template", "list", "--tenant", "acme", "--json").json.arrayValue?.compactMap {
                $0["name"]?.stringValue
            } == ["a", "c", "p"])
    }
}
