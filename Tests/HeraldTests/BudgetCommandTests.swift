import Domain
import Storage
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
        #expect(none.errors.contains("price 1 of box (0.05"), "\(none.errors)")
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
        let audit = try await herald("audit", "list", "--action", "budget")
        #expect(audit.output.contains("source shop, each month (budget 1)"), "\(audit.output)")
        #expect(audit.output.contains("BEFORE"), "\(audit.output)")
        #expect(try await herald("budget", "list").output.contains("No budgets"))
    }

    @Test func whatIsUsedUpAsItIsSetIsSaidEverywhere() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme", "--time-zone", "Asia/Singapore")
        try await herald("source", "add", "shop", "--tenant", "acme")
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        try await database.run {
            try $0.execute(
                """
                INSERT INTO spend SELECT t.id, s.id, (now() AT TIME ZONE t.time_zone)::date, 0, 'SGD', 8797500
                  FROM source s JOIN tenant t ON t.id = s.tenant
                """)
        }
        let set = try await herald("budget", "set", "--tenant", "acme", "--source", "shop", "--total", "1", "SGD")
        #expect(
            set.output.contains("8.7975 SGD are spent. It is used up: what belongs to it waits from now on."),
            "\(set.output)\(set.errors)")
        try await herald("budget", "set", "--tenant", "acme", "--month", "2", "SGD")
        let list = try await herald("budget", "list").output
        #expect(list.contains("-01 00:00 Asia/Singapore"), "\(list)")
        let status = try await herald("status").output
        #expect(status.contains("budget 1 (source shop, 1.00 SGD in total) is used up"), "\(status)")
        #expect(status.contains("budget 2 (") && status.contains("messages by the API are refused"))
        let doctor = try await herald("doctor").output
        #expect(doctor.contains("budget 1 (source shop") && !doctor.contains("Everything is fine."), "\(doctor)")
        let events = try await database.run {
            try $0.query("SELECT kind FROM budget_event WHERE budget = 1 ORDER BY id").map { try $0.text("kind") }
        }
        #expect(events.contains("held"))
        await database.close()
    }

    @Test(arguments: [
        (["--day", "-5", "SGD"], "a budget is above 0, not “-5”"),
        (["--day", "1,000.50", "SGD"], "no commas, such as 1000.50"),
        (["--day", "0", "SGD"], "a budget is above 0"),
        (["--day", "5", "SGD", "--month", "9", "SGD"], "One period at a time: --day and --month"),
        (["--day", "5", "SGD", "--source", "x"], "There is no source “x” of acme"),
    ]) func theReasonIsInBudgetsWords(words: [String], part: String) async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme")
        try await herald("tenant", "add", "beta")
        try await herald("source", "add", "x", "--tenant", "beta")
        let result = try await herald.run(["budget", "set", "--tenant", "acme"] + words, input: [])
        #expect(result.code != 0 && result.errors.contains(part), "\(result.errors)")
    }

    @Test(arguments: [
        ["--month", "5"], ["--month", "5", "--day", "1", "SGD"], ["SGD"], ["--month", "0", "SGD"],
        ["--month", "5", "Dollars"], ["--month", "5", "QQQ"], ["--month", "5", "XAU"],
        ["--month", "5", "SGD", "--warn", "0"], ["--month", "5", "SGD", "--hold", "otp"],
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
