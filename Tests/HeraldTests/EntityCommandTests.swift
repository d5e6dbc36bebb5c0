import Domain
import TestDatabase
import Testing

/// Every entity from `add` to `remove`, as scripts do it.
@Suite(.database) struct EntityCommandTests {
    @Test func aTenantComesAndGoes() async throws {
        let herald = try HeraldCommand()
        #expect(try await herald("tenant", "add", "acme", "--region", "SG", "--time-zone", "Asia/Singapore").code == 0)
        let again = try await herald("tenant", "add", "acme")
        #expect(again.code == 1 && again.errors.contains("already"))
        let list = try await herald("tenant", "list", "--json").json
        #expect(list == [["name": "acme", "tier": "paid", "region": "SG", "time_zone": "Asia/Singapore"]])
        #expect(try await herald("tenant", "show", "acme").output.contains("Asia/Singapore"))
        #expect(try await herald("tenant", "remove", "acme").code == 0)
        #expect(try await herald("tenant", "show", "acme").code == 1)
        #expect(try await herald("tenant", "add", "acme").code == 0)
    }

    @Test(arguments: [
        ["tenant", "add", "-bad"], ["tenant", "add", "a b"], ["tenant", "add"],
        ["tenant", "add", "x", "--tier", "gold"],
        ["tenant", "add", "x", "--region", "UK"], ["tenant", "add", "x", "--time-zone", "Mars/Base"],
        ["tenant", "grow"],
        ["tenant", "add", "x", "--colour", "red"], ["source", "add", "x"], ["price", "show", "abc"],
        ["deny", "add", "--country", "SG", "--prefix", "65"], ["deny", "add", "--number", "+6591234567"],
        ["deny", "add", "--domain", "not a domain"], ["report", "daily", "--tz", "Nowhere/Town"],
        ["report", "daily", "--date", "2026-02-30"],
    ]) func aWrongCommandLineIsCodeTwo(words: [String]) async throws {
        let result = try await HeraldCommand().run(words, input: [])
        #expect(result.code == 2 && !result.errors.isEmpty && result.output.isEmpty)
    }

    @Test func importStoresTheGoodAndNamesTheBad() async throws {
        let herald = try HeraldCommand()
        let file = try herald.file(
            "tenants.csv", "Name,Tier,Time Zone\nacme,free,UTC\nbad name,,\nacme,,\nbeta,gold,\ngamma,,\n")
        let result = try await herald("tenant", "import", file)
        #expect(result.code == 3)
        #expect(result.output == "2 tenants added, 3 rejected\n")
        for line in [3, 4, 5] { #expect(result.errors.contains("line \(line): ")) }
        #expect(
            try await herald("tenant", "list", "--json").json.arrayValue?.compactMap { $0["name"]?.stringValue } == [
                "acme", "gamma",
            ])
        let unknown = try await herald("tenant", "import", try herald.file("t.csv", "name,colour\nx,red\n"))
        #expect(unknown.code == 1 && unknown.errors.contains("colour"))
        let json = try herald.file("t.ndjson", "{\"name\":\"delta\",\"tier\":\"enterprise\"}\nnot json\n")
        #expect(try await herald("tenant", "import", json).code == 3)
        let list = try await herald(
            "tenant", "import", try herald.file("t.json", "[{\"name\":\"eps\"},\n{\"name\":\"zeta\"}]"), "--json")
        #expect(list.code == 0)
        #expect(try list.json["added"] == 2)
    }

    @Test func sourcesBelongToTenants() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme")
        #expect(try await herald("source", "add", "shop", "--tenant", "acme").code == 0)
        #expect(try await herald("source", "add", "shop", "--tenant", "acme").code == 1)
        #expect(try await herald("source", "add", "shop", "--tenant", "none").code == 1)
        let list = try await herald("source", "list", "--json").json
        #expect(list == [["tenant": "acme", "name": "shop", "cost_centre": "", "paused": .null]])
        #expect(try await herald("source", "set", "shop", "--tenant", "acme", "--cost-centre", "4711").code == 0)
        #expect(try await herald("source", "show", "shop", "--tenant", "acme").output.contains("4711"))
        #expect(
            try await herald("source", "import", try herald.file("s.csv", "name\nbilling\n"), "--tenant", "acme").code
                == 0)
        #expect(try await herald("source", "remove", "shop", "--tenant", "acme").code == 0)
        #expect(try await herald("source", "show", "shop", "--tenant", "acme").code == 1)
    }

    @Test func providersNeverShowCredentials() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme")
        let file = try herald.file(
            "p.json",
            """
            {"url": "https://sms.example/v1/s3cret/send?key=s3cret&to={{to}}",
             "headers": {"Authorization": "Bearer s3cret"}, "json": {"to": "{{to}}", "text": "{{text}}", "pin": "s3cret"}}
            """)
        #expect(
            try await herald("provider", "add", "telco", "--kind", "http", "--file", file, "--tenant", "acme").code == 0
        )
        for words in [
            ["provider", "show", "telco"], ["provider", "show", "telco", "--json"], ["provider", "list", "--json"],
        ] {
            let shown = try await herald.run(words, input: [])
            #expect(shown.code == 0 && !shown.output.contains("s3cret"), "\(words)")
        }
        #expect(try await herald("provider", "show", "telco").output.contains("{{text}}"))
        let wrong = try await herald(
            "provider", "add", "x", "--kind", "http", "--setting", "url=https://a.example", "--setting", "methode=GET")
        #expect(wrong.code == 1 && wrong.errors.contains("methode"))
        #expect(try await herald("provider", "add", "x", "--kind", "pigeon").code == 2)
        #expect(
            try await herald(
                "provider", "add", "box", "--kind", "sandbox", "--setting", "latency_ms=5", "--setting",
                "temporary_rate=0.1"
            ).code == 0)
        #expect(
            try await herald("provider", "show", "box", "--json").json["settings"] == [
                "latency_ms": 5, "temporary_rate": 0.1,
            ])
        let lines =
            "{\"name\":\"a\",\"kind\":\"sandbox\",\"settings\":{\"latency_ms\":1}}\n{\"name\":\"b\",\"kind\":\"sandbox\",\"settings\":{\"latenz\":1}}\n"
        let imported = try await herald("provider", "import", try herald.file("p.ndjson", lines))
        #expect(imported.code == 3 && imported.errors.contains("line 2: ") && imported.errors.contains("latenz"))
    }

    @Test func routesStayWithinTheirTenant() async throws {
        let herald = try HeraldCommand()
        for name in ["acme", "other"] { try await herald("tenant", "add", name) }
        try await herald("provider", "add", "shared", "--kind", "sandbox")
        try await herald("provider", "add", "own", "--kind", "sandbox", "--tenant", "acme")
        #expect(
            try await herald("route", "add", "--channel", "sms", "--providers", "own,shared", "--tenant", "acme").code
                == 0)
        #expect(
            try await herald("route", "add", "--channel", "sms", "--providers", "own", "--tenant", "other").code == 1)
        #expect(try await herald("route", "add", "--channel", "sms", "--providers", "own").code == 1)
        #expect(try await herald("route", "add", "--channel", "sms", "--providers", "nobody").code == 1)
        #expect(try await herald("route", "add", "--channel", "sms", "--providers", "shared,shared").code == 2)
        let routes = try await herald("route", "list", "--json").json
        #expect(routes.arrayValue?.count == 1)
        #expect(routes.arrayValue?.first?["providers"] == ["own", "shared"])
        let id = String(try #require(routes.arrayValue?.first?["id"]?.intValue))
        #expect(try await herald("provider", "remove", "own").code == 1)
        #expect(try await herald("route", "show", id).code == 0)
        #expect(try await herald("route", "remove", id).code == 0)
        #expect(try await herald("route", "remove", id).code == 1)
        #expect(try await herald("provider", "remove", "own").code == 0)
        #expect(
            try await herald("route", "import", try herald.file("r.csv", "channel,providers\nemail,shared\n")).code == 0
        )
    }

    @Test func pricesAreExact() async throws {
        let herald = try HeraldCommand()
        try await herald("provider", "add", "telco", "--kind", "sandbox")
        let base = ["price", "add", "--provider", "telco", "--channel", "sms", "--currency", "SGD"]
        #expect(
            try await herald.run(base + ["--price", "0.0425", "--prefix", "+65", "--from", "2026-01-01"], input: [])
                .code == 0)
        let fine = try await herald.run(base + ["--price", "0.0000001"], input: [])
        #expect(fine.code == 2 && fine.errors.contains("6 decimals"))
        #expect(
            try await herald.run(base + ["--price", "1", "--from", "2026-02-01", "--to", "2026-02-01"], input: []).code
                == 2)
        let lines =
            "provider,channel,prefix,price,currency,from\ntelco,sms,44,0.1,GBP,2026-01-01\ntelco,sms,33,1e3,EUR,\n"
        #expect(try await herald("price", "import", try herald.file("p.csv", lines)).code == 3)
        let prices = try #require(try await herald("price", "list", "--json").json.arrayValue)
        #expect(prices.map { $0["price"] } == ["0.100000", "0.042500"])
        let again = try await herald("price", "import", try herald.file("p.csv", lines), "--json").json
        #expect(again["added"] == 0 && again["known"] == 1 && again["rejected"] == 1, "\(again.text)")
        let odd = try await herald(
            "price", "import",
            try herald.file(
                "odd.csv",
                "provider,channel,prefix,price,currency,valid-from,valid-until\ntelco,sms,49,0.1,EUR,,\n"
                    + "telco,sms,49,0.2,EUR,,\ntelco,sms,43,1,XXX,,\ntelco,sms,43,1,EUR,2026-02-01,2026-01-01\n"))
        #expect(odd.code == 3 && odd.output.contains("1 prices added, 3 rejected"), "\(odd.output)")
        #expect(odd.errors.contains("line 3: An earlier line has another price (0.10 EUR)"), "\(odd.errors)")
        #expect(odd.errors.contains("line 4: --currency: “XXX” is no currency in use"), "\(odd.errors)")
        #expect(odd.errors.contains("line 5: --valid-until is the first day"), "\(odd.errors)")
        let empty = try await herald("price", "import", try herald.file("empty.csv", ""))
        #expect(empty.code == 1 && !empty.errors.contains("recipient"), "\(empty.errors)")
        #expect(prices.last?["from"] == "2026-01-01" && prices.last?["to"] == .some(.null))
        let id = String(try #require(prices.first?["id"]?.intValue))
        #expect(try await herald("price", "show", id).output.contains("0.100000 GBP"))
        #expect(try await herald("price", "remove", id).code == 0)
        #expect(try await herald("price", "show", id).code == 1)
    }

    @Test func theDenyListTakesEveryKind() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme", "--region", "SG")
        #expect(try await herald("deny", "add", "--prefix", "+65123", "--note", "premium").code == 0)
        #expect(try await herald("deny", "add", "--prefix", "65123").output == "it was on the list before\n")
        #expect(try await herald("deny", "add", "--country", "kp").code == 0)
        #expect(try await herald("deny", "add", "--domain", "@Example.ORG", "--tenant", "acme").code == 0)
        #expect(try await herald("deny", "add", "--number", "9123 4567", "--tenant", "acme").code == 0)
        #expect(
            try await herald("deny", "add", "--number", "+6591234567", "--tenant", "acme").output
                == "it was on the list before\n")
        let bad = try await herald("deny", "add", "--number", "12", "--tenant", "acme")
        #expect(bad.code == 1 && !bad.errors.contains("12"))
        let entries = try #require(try await herald("deny", "list", "--json").json.arrayValue)
        #expect(entries.map { $0["value"]?.stringValue?.count } == [5, 2, 11, 32])
        #expect(entries.map { $0["kind"] } == ["prefix", "country", "domain", "address"])
        let id = String(try #require(entries.first?["id"]?.intValue))
        #expect(try await herald("deny", "show", id).output.contains("premium"))
        #expect(try await herald("deny", "remove", id).code == 0)
        #expect(try await herald("deny", "remove", id).code == 1)
        #expect(
            try await herald(
                "deny", "import", try herald.file("d.csv", "domain,country,note\nspam.example,,x\n,IR,\n,,\n")
            ).code == 3)
    }
}
