import Domain
import Storage
import TestDatabase
import Testing

@testable import herald

@Suite(.database) struct RouteCommandTests {
    /// Two tenants; telco-a with prices, telco-b, and gateway, which is acme's.
    private func installation() async throws -> HeraldCommand {
        let herald = try HeraldCommand()
        for tenant in ["acme", "other"] { try await herald("tenant", "add", tenant, "--region", "SG") }
        try await herald("source", "add", "checkout", "--tenant", "acme")
        for name in ["telco-a", "telco-b"] { try await herald("provider", "add", name, "--kind", "sandbox") }
        try await herald("provider", "add", "gateway", "--kind", "sandbox", "--tenant", "acme")
        try await herald(
            "price", "add", "--provider", "telco-a", "--channel", "sms", "--prefix", "65", "--price", "0.0425",
            "--currency", "SGD")
        return herald
    }

    private func explain(_ herald: HeraldCommand, _ words: String...) async throws -> (code: Int32, json: JSON) {
        let result = try await herald.run(["route", "explain", "--json"] + words, input: [])
        return (result.code, try result.json)
    }

    @Test func aPrefixGoesToItsTelcoAndASourceThroughItsGatewayOnly() async throws {
        let herald = try await installation()
        try await herald("route", "add", "--channel", "sms", "--providers", "telco-b,telco-a")
        #expect(
            try await herald("route", "add", "--channel", "sms", "--prefix", "+65123", "--providers", "telco-a").code
                == 0)
        #expect(
            try await herald("route", "add", "--source", "checkout", "--providers", "gateway", "--order", "50").code
                == 0)
        let number = try await explain(herald, "--to", "+6512345678", "--tenant", "other", "--all")
        // Not a number that anybody could own: the check says so before any rule is asked.
        #expect(number.code == 1 && number.json["error"] != nil)
        try await herald("route", "add", "--channel", "sms", "--prefix", "+659123", "--providers", "telco-a")
        let prefix = try await explain(herald, "--to", "+6591234567", "--tenant", "other")
        #expect(prefix.json["route"] == 2 && prefix.json["because"] == "longer_match")
        #expect(prefix.json["providers"]?.arrayValue?.map { $0["provider"] } == ["telco-a"])
        #expect(prefix.json["providers"]?.arrayValue?.first?["price"] == "0.042500")
        let plain = try await explain(herald, "--to", "+6581234567", "--tenant", "other")
        #expect(plain.json["route"] == 1 && plain.json["because"] == "only_one")
        #expect(plain.json["providers"]?.arrayValue?.map { $0["provider"] } == ["telco-b", "telco-a"])
        let source = try await explain(herald, "--to", "+6591234567", "--source", "checkout")
        #expect(source.json["route"] == 3 && source.json["because"] == "order" && source.json["tenant"] == "acme")
        #expect(source.json["providers"]?.arrayValue?.map { $0["provider"] } == ["gateway"])
    }

    @Test func theExplanationReadsAsPlainWords() async throws {
        let herald = try await installation()
        try await herald(
            "route", "add", "--channel", "sms", "--prefix", "65", "--country", "sg", "--category", "otp", "--providers",
            "telco-a,telco-b", "--weights", "80,20", "--from", "HERALD", "--then", "voice,email", "--wait", "30s")
        try await herald("route", "add", "--channel", "sms", "--providers", "telco-b")
        try await herald("route", "add", "--channel", "email", "--providers", "telco-b", "--order", "1")
        try await herald("route", "add", "--domain", "example.com", "--providers", "telco-b", "--disabled")
        let told = try await herald(
            "route", "explain", "--to", "9123 4567", "--tenant", "acme", "--category", "otp", "--message", "12")
        #expect(told.code == 0 && told.errors == "")
        let text = told.output
        for line in [
            "sms to +6591234567 (SG): otp, critical priority, of acme\n",
            "Route 1 decides: order 100, sms, numbers +65…; in SG; otp. It goes before route 2 because it names 2 digits of the address, the other none.\n",
            "telco-a: 0.0425 SGD a segment, health not known, weight 80, sender HERALD\n",
            "telco-b: no price, health not known, weight 20, sender HERALD\n",
            "Then voice, then email, each after 30 s without a receipt.\n",
            "Warning: operators in SG drop or replace a sender's name",
            "Route 2 fits too: order 100, sms\n", "Route 3 does not fit: another channel (email)\n",
            "Route 4 does not fit: it is off (every channel, at example.com)\n",
        ] {
            #expect(text.contains(line), "\(line)\n---\n\(text)")
        }
    }

    @Test func anotherTenantsAccountIsReachedByNoRuleAndTheExplanationSaysSo() async throws {
        let herald = try await installation()
        try await herald("tenant", "add", "third", "--region", "SG")
        let refused = try await herald(
            "route", "add", "--channel", "sms", "--providers", "gateway", "--tenant", "other")
        #expect(refused.code == 1 && refused.errors.contains("provider grant gateway --tenant"))
        #expect(try await herald("provider", "grant", "gateway", "--tenant", "other").code == 0)
        #expect(
            try await herald("route", "add", "--channel", "sms", "--providers", "gateway", "--tenant", "other").code
                == 0)
        try await herald("route", "add", "--channel", "sms", "--providers", "telco-a", "--order", "500")
        #expect(try await explain(herald, "--to", "+6591234567", "--tenant", "other").json["route"] == 1)
        #expect(try await herald("provider", "revoke", "gateway", "--tenant", "other").code == 0)
        let (code, told) = try await explain(herald, "--to", "+6591234567", "--tenant", "other")
        #expect(code == 1 && told["route"] == 1 && told["refused"] == "provider_not_permitted")
        #expect(told["providers"] == [] && told["left_out"]?.arrayValue?.first?["provider"] == "gateway")
        // The first grant of an open account closes it to the others, and the last one opens it again only on purpose.
        #expect(try await herald("provider", "grant", "telco-a", "--tenant", "acme").errors.contains("every tenant"))
        #expect(
            try await explain(herald, "--to", "+6591234567", "--tenant", "third").json["refused"]
                == "provider_not_permitted")
        #expect(try await explain(herald, "--to", "+6591234567", "--tenant", "acme").code == 0)
        let last = try await herald("provider", "revoke", "telco-a", "--tenant", "acme")
        #expect(last.code == 1 && last.errors.contains("--open"))
        #expect(try await herald("provider", "revoke", "telco-a", "--tenant", "acme", "--open").code == 0)
        #expect(try await explain(herald, "--to", "+6591234567", "--tenant", "third").code == 0)
    }

    @Test(
        arguments: [
            (["--providers", "telco-a", "--weights", "1,2"], "each provider"),
            (["--providers", "telco-a,telco-b", "--weights", "0,0"], "above 0"),
            (["--providers", "telco-a,telco-b", "--weights", "1,2", "--choice", "order"], "--choice weight"),
            (["--providers", "telco-a", "--channel", "email", "--prefix", "65"], "go to numbers"),
            (["--providers", "telco-a", "--channel", "sms", "--domain", "example.com"], "for email"),
            (["--providers", "telco-a", "--prefix", "65a"], "first digits"),
            (["--providers", "telco-a", "--country", "XX"], "XX"),
            (["--providers", "telco-a", "--order", "-1"], "--order"),
            (["--providers", "telco-a", "--channel", "sms", "--then", "sms"], "other channels"),
            (["--providers", "telco-a", "--wait", "30s"], "--then"),
            (["--providers", "telco-a", "--channel", "sms", "--from", "MUCH TOO LONG"], "11 characters"),
            (["--providers", "telco-a", "--from", "A\r\nBcc: x"], "one line"),
            (["--providers", "telco-a", "--category", "otp,"], "commas"),
        ] as [([String], String)])
    func nonsenseIsRefusedWithWhatToDo(words: [String], hint: String) async throws {
        let herald = try await installation()
        let result = try await herald.run(["route", "add"] + words, input: [])
        #expect(result.code == 2 && result.errors.contains(hint), "\(result.errors)")
        #expect(try await herald("route", "list", "--json").json == [])
    }

    @Test func aFileOfPrefixesIsStoredOnceHoweverOftenItIsImported() async throws {
        let herald = try await installation()
        var lines = "prefix,providers,order\n"
        for number in 0..<100_000 {
            lines +=
                "+\(6_500_000 + number),\"\(number % 2 == 0 ? "telco-a,telco-b" : "telco-b")\",\(number < 10 ? 50 : 100)\n"
        }
        let file = try herald.file("p.csv", lines)
        let first = try await herald("route", "import", file, "--channel", "sms")
        #expect(first.code == 0 && first.output == "100,000 routes added, 0 rejected\n")
        let again = try await herald("route", "import", file, "--channel", "sms")
        #expect(again.output == "0 routes added, 100,000 known before or repeated, 0 rejected\n")
        let routes = try #require(try await herald("route", "list", "--json").json.arrayValue)
        #expect(routes.map { $0["prefixes"] } == [5, 5, 49_995, 49_995])
        #expect(routes.allSatisfy { $0["channel"] == "sms" })
        let id = String(try #require(routes.first?["id"]?.intValue))
        let shown = try await herald("route", "show", id)
        #expect(shown.output.contains("numbers +6500000…, +6500002…, +6500004… and 2 more\n"))
        #expect(try await herald("route", "remove", id, "--prefix", "+6500002").code == 0)
        #expect(try await herald("route", "remove", id, "--prefix", "+6500002").code == 1)
        #expect(try await herald("route", "show", id, "--json").json["prefixes"]?.arrayValue?.count == 4)
    }

    @Test func badLinesOfAFileDoNotBlockTheOthers() async throws {
        let herald = try await installation()
        let lines =
            "prefix,providers,channel\n65,telco-a,sms\n6x,telco-a,sms\n44,nobody,sms\n33,nobody,sms\n1,telco-a,email\n,telco-b,voice\n"
        let result = try await herald("route", "import", try herald.file("p.csv", lines))
        #expect(result.code == 3 && result.output == "2 routes added, 4 rejected\n")
        for line in 3...6 { #expect(result.errors.contains("line \(line): "), "\(result.errors)") }
        #expect(try await herald("route", "list", "--json").json.arrayValue?.count == 2)
    }

    @Test func aRuleIsTurnedOffAndOn() async throws {
        let herald = try await installation()
        try await herald("route", "add", "--channel", "sms", "--providers", "telco-a")
        #expect(try await herald("route", "disable", "1").code == 0)
        #expect(try await explain(herald, "--to", "+6591234567", "--tenant", "acme").json["refused"] == "no_route")
        #expect(try await herald("route", "list").output.contains("(off)"))
        #expect(try await herald("route", "enable", "1").code == 0)
        #expect(try await explain(herald, "--to", "+6591234567", "--tenant", "acme").code == 0)
        #expect(try await herald("route", "enable", "9").code == 1)
    }

    @Test func theSenderFollowsTheCountryAndTheRule() async throws {
        let herald = try await installation()
        try await herald("route", "add", "--channel", "sms", "--providers", "telco-a,telco-b")
        #expect(try await herald("sender", "add", "HERALD", "--channel", "sms").code == 0)
        let warned = try await herald(
            "sender", "add", "HERALD-SG", "--channel", "sms", "--country", "SG", "--provider", "telco-b")
        #expect(warned.code == 0 && warned.errors.contains("registered"))
        #expect(try await herald("sender", "add", "x", "--channel", "sms", "--provider", "gateway").code == 1)
        let told = try await explain(herald, "--to", "+6591234567", "--tenant", "acme").json
        #expect(told["providers"]?.arrayValue?.map { $0["sender"] } == ["HERALD", "HERALD-SG"])
        #expect(told["sender_from"] == "sender_table" && told["sender_registration"] == "required")
        let british = try await explain(herald, "--to", "+447911123456", "--tenant", "acme").json
        #expect(british["sender_registration"] == .some(.null))
        #expect(try await herald("sender", "list").lines.count == 3)
        #expect(try await herald("sender", "remove", "2").code == 0)
        #expect(try await herald("sender", "remove", "2").code == 1)
    }

    @Test func aSourceOfSeveralTenantsMustBeSaidWhose() async throws {
        let herald = try await installation()
        try await herald("source", "add", "checkout", "--tenant", "other")
        let unclear = try await herald("route", "add", "--source", "checkout", "--providers", "telco-a")
        #expect(unclear.code == 1 && unclear.errors.contains("--tenant"))
        let clear = try await herald(
            "route", "add", "--source", "checkout", "--tenant", "other", "--providers", "telco-a", "--json")
        #expect(try clear.json["tenant"] == "other" && clear.json["sources"] == ["checkout"])
    }

    @Test func theExplanationFollowsHowTheProvidersFare() async throws {
        let herald = try await installation()
        try await herald(
            "route", "add", "--channel", "sms", "--providers", "telco-a,telco-b,gateway", "--tenant", "acme")
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        func view(_ provider: Int64, _ process: Int64, _ state: String, score: Int, share: Int) -> ProviderHealth {
            ProviderHealth(
                provider: provider, process: process, at: .now, state: state, lasting: .seconds(1), score: score,
                share: share, rate: 1, errorShare: 0, timeOutShare: 0, p50: nil, p99: nil, inFlight: 0, allowed: 1,
                learntLimit: nil)
        }
        try await ProviderHealthStore(database: database).publish([
            view(1, 1, "closed", score: 990, share: 100), view(1, 2, "open", score: 0, share: 0),
            view(2, 1, "closed", score: 900, share: 100),
        ])
        try await database.keepHealth()
        let told = try await explain(herald, "--to", "+6591234567", "--tenant", "acme").json
        let steps = try #require(told["providers"]?.arrayValue)
        #expect(steps.map { $0["provider"] } == ["telco-b", "gateway", "telco-a"])
        #expect(steps.map { $0["available"] } == [true, .null, false])
        #expect(steps.map { $0["health"] } == [900, .null, 0])
        let text = try await herald("route", "explain", "--to", "+6591234567", "--tenant", "acme").output
        #expect(text.contains("1. telco-b: no price, health 900 of 1000"))
        #expect(text.contains("2. gateway: no price, health not known") && text.contains("3. telco-a: 0.0425 SGD"))
        #expect(text.contains("out of service"))
        let keys = KeyRing(masterKey: [UInt8](repeating: 7, count: 32))
        #expect(try await ProviderStore(database: database, keys: keys).take(2, out: true))
        let out = try await explain(herald, "--to", "+6591234567", "--tenant", "acme").json
        #expect(out["providers"]?.arrayValue?.first?["provider"] == "gateway")
        await database.close()
    }

    @Test func theCheapestChannelIsSaidWithWhatItWasComparedWith() async throws {
        let herald = try await installation()
        for channel in ["sms", "voice", "email"] {
            try await herald("route", "add", "--channel", channel, "--providers", "telco-a")
        }
        for (channel, price) in [("voice", "0.02"), ("email", "0.03")] {
            try await herald(
                "price", "add", "--provider", "telco-a", "--channel", channel, "--price", price, "--currency", "SGD")
        }
        let told = try await explain(
            herald, "--to", "+6591234567,ann@b.example", "--tenant", "other", "--channel", "cheapest")
        #expect(told.code == 0 && told.json["channel"] == "voice", "\(told.json)")
        let channels = told.json["channels"]?.arrayValue ?? []
        #expect(channels.map { $0["channel"] } == ["sms", "whatsapp", "voice", "email"])
        #expect(channels.map { $0["price"] } == ["0.042500", .null, "0.020000", "0.030000"])
        #expect(channels.map { $0["provider"] } == ["telco-a", .null, "telco-a", "telco-a"])
        let plain = try await herald.run(
            ["route", "explain", "--to", "ann@b.example", "--tenant", "other", "--channel", "cheapest"], input: [])
        #expect(plain.output.contains("email is taken"))
    }
}
