import Domain
import TestDatabase
import Testing

/// `herald budget`, and what is said of budgets before a campaign starts.
@Suite(.database) struct BudgetCommandTests {
    @Test func aBudgetIsSetShownToldOfAndRemoved() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme", "--region", "SG")
        try await herald("source", "add", "shop", "--tenant", "acme")
        try await herald("provider", "add", "box", "--kind", "sandbox")
        try await herald("route", "add", "--channel", "sms", "--providers", "box")
        try await herald(
            "price", "add", "--provider", "box", "--channel", "sms", "--price", "0.05", "--currency", "SGD")
        try await herald("template", "add", "hello", "--tenant", "acme", "--channel", "sms", "--text", "Hi {{ name }}")

        let none = try await herald(
            "budget", "set", "--tenant", "acme", "--source", "shop", "--month", "0.12", "USD")
        #expect(none.code == 1 && none.errors.contains("herald rate add --from SGD --to USD"), "\(none.errors)")
        let set = try await herald(
            "budget", "set", "--tenant", "acme", "--source", "shop", "--month", "0.12", "SGD", "--warn", "50%")
        #expect(set.code == 0 && set.output.contains("source shop may cost 0.12 SGD a month"), "\(set.errors)")
        let list = try await herald("budget", "list")
        #expect(list.output.contains("source shop") && list.output.contains("░ 0%") && list.output.contains("open"))

        let file = try herald.file("c.csv", "phone,name\n+6591234567,A\n+6591234568,B\n+6591234569,C\n")
        let send = try await herald(
            "campaign", "send", file, "--tenant", "acme", "--source", "shop", "--template", "hello")
        #expect(send.errors.contains("Warning: Budget 1 (source shop, 0.12 SGD a month) has 0.12 SGD left"))
        #expect(send.errors.contains("expected to cost 0.15 SGD"), "\(send.errors)")
        let check = try await herald("campaign", "check", file, "--tenant", "acme", "--template", "hello", "--json")
        #expect(try check.json["budgets"] == [])

        #expect(try await herald("budget", "remove", "1").code == 0)
        #expect(try await herald("budget", "remove", "1").code == 1)
        #expect(try await herald("budget", "list").output.contains("No budgets"))
    }

    @Test(arguments: [
        ["--month", "5"], ["--month", "5", "--day", "1", "SGD"], ["SGD"], ["--month", "0", "SGD"],
        ["--month", "5", "Dollars"], ["--month", "5", "SGD", "--warn", "0"], ["--month", "5", "SGD", "--hold", "otp"],
    ]) func whatIsNoBudgetIsSaid(words: [String]) async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme")
        let result = try await herald.run(["budget", "set", "--tenant", "acme"] + words, input: [])
        #expect(result.code == 2 && !result.errors.isEmpty, "\(result.output)\(result.errors)")
    }

    @Test func tiersAreSettledForMonthsThatAreOver() async throws {
        let herald = try HeraldCommand()
        let early = try await herald("price", "settle-tiers", "--month", "2999-01")
        #expect(early.code == 1 && early.errors.contains("not over yet"))
        #expect(try await herald("price", "settle-tiers", "--month", "2026-13").code == 2)
        #expect(try await herald("price", "settle-tiers", "--month", "2020-01").output.contains("Nothing of 2020-01"))
    }
}
