import Domain
import Foundation
import TestDatabase
import Testing

/// Campaigns from file to result, as a user's shell runs them. Without `herald up` the waiting command sends.
@Suite(.database) struct CampaignCommandTests {
    private func prepared() async throws -> HeraldCommand {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme", "--region", "SG", "--time-zone", "Asia/Singapore")
        try await herald("provider", "add", "box", "--kind", "sandbox")
        try await herald(
            "price", "add", "--provider", "box", "--channel", "sms", "--price", "0.05", "--currency", "SGD")
        try await herald("route", "add", "--channel", "sms", "--providers", "box")
        try await herald("template", "add", "hi", "--tenant", "acme", "--channel", "sms", "--text", "Hi {{ name }}")
        return herald
    }

    private let dirty = """
        Mobile No.;name
        +6591234567;Tan
        9123 4568;Lim
        12;Short
        +6591234567;Twice
        +6581234567;
        +6581234568;Out\r

        """

    @Test func aDirtyFileIsSentAndAccountedFor() async throws {
        let herald = try await prepared()
        let file = try herald.file("people.csv", dirty)
        #expect(try await herald("optout", "add", "+6581234568", "--tenant", "acme", "--channel", "sms").code == 0)

        let missing = try await herald("campaign", "check", "nosuch.csv", "--tenant", "acme", "--template", "hi")
        #expect(missing.code == 1 && missing.errors.contains("nosuch.csv: the file cannot be"), "\(missing.errors)")

        let check = try await herald("campaign", "check", file, "--tenant", "acme", "--template", "hi", "--json")
        #expect(check.code == 3)
        let review = try check.json
        #expect(review["rows"] == 6 && review["valid"] == 3 && review["duplicates"] == 1 && review["opted_out"] == 1)
        #expect(review["read"]?["delimiter"] == "semicolon")
        #expect(review["preview"]?.arrayValue?.first?["text"] == "Hi Tan")

        let sent = try await herald(
            "campaign", "send", file, "--tenant", "acme", "--template", "hi", "--wait", "--json")
        #expect(sent.code == 3)
        let outcome = try sent.json
        #expect(outcome["state"] == "finished" && outcome["accepted"] == 3 && outcome["sent"] == 2)
        #expect(outcome["rejected_by"] == ["phone_too_short": 1, "field_missing": 1])
        #expect(outcome["duplicates"] == 1 && outcome["opted_out"] == 1)
        #expect(outcome["cost"]?.arrayValue?.first?["micros"] == 100_000)

        let proof = try await herald("ledger", "verify")
        #expect(proof.code == 0)
        let results = try await herald("campaign", "results", "1")
        #expect(results.output.components(separatedBy: "\r\n").count == 5)
        #expect(results.output.contains(",opted_out,"))
    }

    @Test func theSameRecipientsAreRefusedUnlessAskedFor() async throws {
        let herald = try await prepared()
        let file = try herald.file("a.csv", "phone,name\n+6591234567,A\n+6591234568,B\n")
        let other = try herald.file("b.csv", "name;Handy\r\nB;9123 4568\r\nA;91234567\r\n")
        let send = ["campaign", "send", "--tenant", "acme", "--template", "hi"]
        #expect(try await herald.run(send + [file], input: []).code == 0)
        let again = try await herald.run(send + [other], input: [])
        #expect(again.code == 1 && again.errors.contains("campaign 1") && again.errors.contains("--again"))
        #expect(try await herald.run(send + [other, "--again"], input: []).code == 0)
    }

    @Test func rejectedRowsCanBeMendedAndSentAgain() async throws {
        let herald = try await prepared()
        let file = try herald.file("people.csv", dirty)
        try await herald("campaign", "send", file, "--tenant", "acme", "--template", "hi")
        let rejects = try await herald("campaign", "rejects", "1")
        #expect(rejects.output.hasPrefix("Mobile No.,name,herald_line,herald_column,herald_reason,herald_detail\r\n"))
        #expect(rejects.output.contains("12,Short,4,Mobile No.,phone_too_short,"))
        let mended = try herald.file(
            "mended.csv", rejects.output.replacingOccurrences(of: "12,Short", with: "+6598765432,Short"))
        let sent = try await herald("campaign", "send", mended, "--tenant", "acme", "--template", "hi", "--json")
        #expect(try sent.json["accepted"] == 1)
        #expect(try sent.json["rejected"] == 1)
    }

    @Test func aScheduledCampaignWaitsAndCanBeCancelled() async throws {
        let herald = try await prepared()
        let file = try herald.file("a.csv", "phone,name\n+6591234567,A\n")
        let sent = try await herald(
            "campaign", "send", file, "--tenant", "acme", "--template", "hi", "--at", "2099-01-01 09:00", "--json")
        #expect(try sent.json["state"] == "scheduled")
        #expect(try sent.json["due_at"] == "2099-01-01T01:00:00.000Z")
        #expect(try await herald("campaign", "pause", "1").code == 1)
        let cancelled = try await herald("campaign", "cancel", "1", "--wait", "--json")
        #expect(try cancelled.json["state"] == "cancelled")
        #expect(try cancelled.json["states"] == ["cancelled": 1])
        #expect(try await herald("ledger", "verify").code == 0)
    }

    @Test func thoseWhoFailedAreSentToAgainAndCheckedAnew() async throws {
        let herald = try await prepared()
        // The sandbox refuses numbers of this ending for good.
        let file = try herald.file("a.csv", "phone,name\n+6591234567,A\n+6595559001,B\n")
        let sent = try await herald(
            "campaign", "send", file, "--tenant", "acme", "--template", "hi", "--wait", "--json")
        #expect(sent.code == 3)
        #expect(try sent.json["failed"] == 1)
        try await herald("optout", "add", "+6595559001", "--tenant", "acme", "--channel", "sms")
        let again = try await herald("campaign", "resend-failed", "1", "--wait", "--json")
        #expect(try again.json["accepted"] == 1)
        #expect(try again.json["opted_out"] == 1)
        let twice = try await herald("campaign", "resend-failed", "1")
        #expect(twice.code == 1 && twice.errors.contains("campaign 2") && twice.errors.contains("--again"))
        #expect(try await herald("campaign", "resend-failed", "1", "--again", "--json").code == 0)
    }

    @Test(arguments: [
        ["--template", "none"], ["--template", "hi", "--channel", "email"], ["--template", "hi", "--source", "none"],
    ]) func whatIsUnknownIsNamed(options: [String]) async throws {
        let herald = try await prepared()
        let file = try herald.file("a.csv", "phone,name\n+6591234567,A\n")
        let result = try await herald.run(["campaign", "send", file, "--tenant", "acme"] + options, input: [])
        #expect(result.code == 1 && result.errors.hasPrefix("herald: ") && result.output.isEmpty)
    }

    @Test func withoutARouteNothingIsTakenIn() async throws {
        let herald = try await prepared()
        try await herald(
            "template", "add", "mail", "--tenant", "acme", "--channel", "email", "--subject", "s", "--text", "t")
        let file = try herald.file("a.csv", "email\na@example.org\n")
        let result = try await herald("campaign", "send", file, "--tenant", "acme", "--template", "mail")
        #expect(result.code == 1 && result.errors.contains("route add"))
        #expect(try await herald("campaign", "list", "--json").json == [])
    }

    // MARK: Several channels

    private func withEmail() async throws -> HeraldCommand {
        let herald = try await prepared()
        try await herald("route", "add", "--channel", "email", "--providers", "box")
        try await herald(
            "price", "add", "--provider", "box", "--channel", "email", "--price", "0.001", "--currency", "SGD")
        return herald
    }

    @Test func aChannelThatTheTemplateHasNothingForIsRefusedAndAddedAsAVariant() async throws {
        let herald = try await withEmail()
        let file = try herald.file("a.csv", "phone,email,name\n+6591234567,ann@b.example,Ann\n")
        let mute = try await herald(
            "campaign", "send", file, "--tenant", "acme", "--template", "hi", "--channel", "sms,email")
        #expect(mute.code != 0 && mute.errors.contains("--variant email"))
        let lonely = try await herald(
            "campaign", "send", file, "--tenant", "acme", "--template", "hi", "--channel", "cheapest")
        #expect(lonely.code != 0 && lonely.errors.contains("--variant"))
        for wrong in ["email,sms", "sms,sms", "sms,fax", "sms,"] {
            let result = try await herald(
                "campaign", "send", file, "--tenant", "acme", "--template", "hi", "--channel", wrong)
            #expect(result.code != 0, "\(wrong)")
        }
        let added = try await herald(
            "template", "add", "hi", "--tenant", "acme", "--variant", "email", "--subject", "For {{ name }}", "--text",
            "Dear {{ name }}", "--json")
        #expect(try added.json["version"] == 2)
        #expect(try added.json["variants"]?["email"]?["locales"]?["en"]?["subject"] == "For {{ name }}")
        // A new text for the template's own channel leaves the variant as it is.
        let again = try await herald(
            "template", "add", "hi", "--tenant", "acme", "--channel", "sms", "--text", "Hello {{ name }}", "--json")
        #expect(try again.json["variants"]?["email"] != nil)
        #expect(
            try await herald(
                "campaign", "send", file, "--tenant", "acme", "--template", "hi", "--channel", "sms,email"
            ).code == 0)
    }

    @Test func theCheapestChannelOfEachRecipientIsTaken() async throws {
        let herald = try await withEmail()
        try await herald(
            "template", "add", "hi", "--tenant", "acme", "--variant", "email", "--subject", "For {{ name }}", "--text",
            "Dear {{ name }}")
        let file = try herald.file(
            "a.csv", "phone,email,name\n+6591234567,ann@b.example,Ann\n+6591234568,,Bob\n,cy@b.example,Cy\n")
        let check = try await herald(
            "campaign", "check", file, "--tenant", "acme", "--template", "hi", "--channel", "cheapest", "--json")
        #expect(check.code == 0, "\(check.errors)")
        #expect(try check.json["valid"] == 3)
        let sent = try await herald(
            "campaign", "send", file, "--tenant", "acme", "--template", "hi", "--channel", "cheapest", "--category",
            "transactional", "--wait", "--json")
        #expect(sent.code == 0, "\(sent.errors)")
        let outcome = try sent.json
        // Two emails for 0.001 and the one SMS for whom there is no email address.
        #expect(outcome["sent"] == 3 && outcome["cost"]?.arrayValue?.first?["micros"] == 52_000)
        #expect(try await herald("ledger", "verify").code == 0)
        let results = try await herald("campaign", "results", "1")
        #expect(results.output.contains("ann@b.example") && results.output.contains("cy@b.example"))
        #expect(results.output.contains("+6591234568") && !results.output.contains("+6591234567"))
    }
}
