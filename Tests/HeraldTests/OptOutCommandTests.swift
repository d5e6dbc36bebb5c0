import Domain
import TestDatabase
import Testing

@Suite(.database) struct OptOutCommandTests {
    @Test func anOptOutIsKnownHoweverItIsWritten() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme", "--region", "SG")
        #expect(
            try await herald("optout", "add", "+65 9123 4567", "--tenant", "acme", "--channel", "sms").output
                == "added\n")
        #expect(
            try await herald("optout", "add", "91234567", "--tenant", "acme", "--channel", "sms").output
                == "it was on file before\n")
        let shown = try await herald("optout", "show", "91234567", "--tenant", "acme", "--json").json
        #expect(shown.arrayValue?.map { $0["channel"] } == ["sms"])
        #expect(try await herald("optout", "show", "91234568", "--tenant", "acme").code == 1)
        #expect(try await herald("optout", "add", "Ann@Example.org", "--tenant", "acme").code == 0)
        #expect(
            try await herald("optout", "show", "Ann@EXAMPLE.org", "--tenant", "acme", "--channel", "email").code == 0)
        #expect(try await herald("optout", "remove", "91234567", "--tenant", "acme", "--channel", "sms").code == 0)
        #expect(try await herald("optout", "remove", "91234567", "--tenant", "acme", "--channel", "sms").code == 1)
        let bad = try await herald("optout", "add", "99 not-a-number", "--tenant", "acme")
        #expect(bad.code == 1 && !bad.errors.contains("99"))
    }

    @Test(arguments: [
        ("+6591234567\n9123 4568\n\nann@example.org\nnonsense\n+6591234567\n", 3),
        ("Name,Mobile No.\nAnn,+6591234567\n\"Bob, Jr\",91234568\nCat,nonsense\nDan,91234569\n", 3),
        ("phone\n91234567\n91234568\nx\n91234569\n", 3),
        ("91234567;Ann\n91234568;Bob\nx;Cat\n91234569;Dan\n", 3),
    ]) func listsAreReadAsTheyCome(text: String, count: Int64) async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme", "--region", "SG")
        let result = try await herald("optout", "import", try herald.file("o.csv", text), "--tenant", "acme", "--json")
        #expect(result.code == 3)
        #expect(try result.json["added"] == .int(count))
        #expect(try result.json["rejected"] == 1)
        #expect(!result.errors.contains("nonsense"))
        #expect(
            try await herald("optout", "list", "--tenant", "acme", "--json").json == [
                ["channel": "all", "reason": "optout", "count": .int(count)]
            ])
        #expect(try await herald("optout", "show", "91234567", "--tenant", "acme").code == 0)
    }

    @Test func aTableWithoutAKnownColumnIsRefusedWhole() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme", "--region", "SG")
        let file = try herald.file("o.csv", "wer,was\n91234567,a\n")
        let refused = try await herald("optout", "import", file, "--tenant", "acme")
        #expect(refused.code == 1 && refused.errors.contains("--column"))
        #expect(try await herald("optout", "import", file, "--tenant", "acme", "--column", "wer").code == 0)
        #expect(try await herald("optout", "import", try herald.file("e.csv", ""), "--tenant", "acme").code == 1)
    }
}
