import Domain
import Jobs
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// `/v1/reports/usage` and `/v1/dead-letters`.
@Suite(.database) struct ReportRoutesTests {
    @Test func usageIsToldApartAsAskedAndComesAsATableToo() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendTransactional, .reportsRead])
        try await bench.run {
            let sent = try await bench.call(
                "POST", "/v1/messages",
                #"{"to":["+6591234567","+6591234568"],"template":"code","data":{"code":"1"},"category":"transactional"}"#,
                key: key)
            for id in sent.ids { _ = try await bench.message(id, is: "sent", key: key) }
            let usage = try await bench.call("GET", "/v1/reports/usage?group_by=source,channel,country", key: key)
            let row = try #require(usage["items"]?.arrayValue?.first)
            #expect(row["source"]?.stringValue == "checkout" && row["channel"]?.stringValue == "sms")
            #expect(row["country"]?.stringValue == "SG" && row["messages"]?.intValue == 2, "\(usage.text)")
            #expect(row["states"]?["sent"]?.intValue == 2)
            let table = try await bench.call(
                "GET", "/v1/reports/usage?group_by=day,category", key: key, headers: [("Accept", "text/csv")])
            #expect(table.header("content-type")?.hasPrefix("text/csv") == true)
            let lines = table.text.split(separator: "\r\n")
            #expect(lines.count == 2 && lines[0].hasPrefix("day,category,messages,delivered,sent,"))
            #expect(lines[1].contains(",transactional,2,0,2,"))
            let rival = try await bench.key([.reportsRead], of: bench.rival)
            let others = try await bench.call("GET", "/v1/reports/usage", key: rival)
            #expect(others["items"]?.arrayValue?.isEmpty == true)
        }
    }

    /// What files and command line say, by the API: of the key's tenant alone.
    @Test func aPeriodsReportsAreAnsweredInThreeForms() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.reportsRead])
        let day = try await bench.database.run { session in
            try session.execute(
                """
                INSERT INTO campaign (id, tenant, source, template, name, channel, category, priority, state, expires_at, fingerprint,
                                      columns, dedupe, recipients, rejected, duplicates, first_slice)
                SELECT row_number() OVER (ORDER BY t.id), t.id, s.id, m.id, 'spring', 1, 4, 3, 'finished', now(), '', '{}', 'address', 1, 0, 0, 1
                  FROM tenant t JOIN source s ON s.tenant = t.id JOIN template m ON m.tenant = t.id;
                INSERT INTO rollup VALUES ('2026-03-02 00:00Z', 1, 1, 8, 'SG', 'SGD', 10, 10, 10, 425000, 1),
                                          ('2026-03-02 00:00Z', 2, 1, 8, 'SG', 'SGD', 99, 99, 99, 990000, 1),
                                          ('2026-03-02 00:00Z', 1, 1, 6, 'TH', '', 3, 3, 3, 0, 1)
                """)
            return "2026-03-02"
        }
        let cost = try await bench.call("GET", "/v1/reports/cost?period=\(day)", key: key)
        #expect(cost.status == 200 && cost["items"]?.arrayValue?.count == 2, "\(cost.text)")
        #expect(cost["items"]?.arrayValue?.map { $0["amount"] ?? .null } == ["0.425000", .null], "\(cost.text)")
        #expect(cost["missing_prices"]?.arrayValue?.first?["country"] == "TH")
        #expect(cost["period"]?["start"] == "2026-03-02T00:00:00.000Z")
        let delivery = try await bench.call("GET", "/v1/reports/delivery?period=2026-W10&tz=Asia/Singapore", key: key)
        let rates = delivery["items"]?.arrayValue?.compactMap { $0["delivered_rate"]?.doubleValue }
        #expect(rates == [1, 0], "\(delivery.text)")
        #expect(try await bench.call("GET", "/v1/reports/exceptions", key: key)["items"]?.arrayValue?.isEmpty == true)

        let table = try await bench.call(
            "GET", "/v1/reports/cost?period=2026-03", key: key, headers: [("Accept", "text/csv")])
        #expect(table.header("content-disposition") == "attachment; filename=\"cost-2026-03.csv\"")
        #expect(table.text.split(separator: "\r\n").count == 3 && !table.text.contains("99"), "\(table.text)")
        let type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        let book = try await bench.call(
            "GET", "/v1/reports/cost?period=2026-03", key: key, headers: [("Accept", type)])
        #expect(book.text.hasPrefix("PK") && book.header("content-type") == type)

        for query in [
            "period=2026", "period=2026-W60", "tz=Mars", "from=x", "to=2026-13-01", "from=2026-03-02&to=2026-03-01",
            "from=2020-01-01&to=2026-01-01", "currency=dollars", "currency=HRK", "currency=EUR&period=2026-03",
        ] {
            let refused = try await bench.call("GET", "/v1/reports/cost?\(query)", key: key)
            #expect(refused.status == 422, "\(query): \(refused.text)")
        }
    }

    @Test(arguments: [
        "from=yesterday", "to=2026-13-01", "from=2026-03-02&to=2026-03-01", "from=2020-01-01&to=2026-01-01", "tz=Mars",
        "group_by=weather", "group_by=day,day",
    ])
    func whatCannotBeReportedIsRefused(query: String) async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.reportsRead])
        #expect(try await bench.call("GET", "/v1/reports/usage?\(query)", key: key).status == 422)
    }

    /// Days for which no zone's rules can be computed.
    @Test(arguments: ["0000-01-01", "0001-01-01", "9999-12-31", "+999-01-01", "-001-01-01", "99999-01-01"])
    func daysFarAwayAreRefused(day: String) async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.reportsRead])
        let written = day.replacing("+", with: "%2B")
        for report in ["usage", "cost", "delivery", "exceptions"] {
            for query in ["from=\(written)", "to=\(written)", "from=\(written)&to=\(written)"] {
                let answer = try await bench.call("GET", "/v1/reports/\(report)?\(query)&tz=Asia/Singapore", key: key)
                #expect(answer.status == 422, "\(report) \(query): \(answer.text)")
            }
        }
        #expect(try await bench.call("GET", "/v1/reports/cost?period=\(written)", key: key).status == 422)
        #expect(try await bench.call("GET", "/v1/reports/cost?period=\(written)_\(written)", key: key).status == 422)
    }

    /// A message that went out and is said to have been given up.
    private static func givenUp(_ bench: GatewayBench, key: String) async throws -> Int64 {
        let sent = try await bench.call(
            "POST", "/v1/messages",
            #"{"to":"+6591234567","template":"code","data":{"code":"1"},"category":"transactional"}"#, key: key)
        let id = try #require(sent.ids.first)
        _ = try await bench.message(id, is: "sent", key: key)
        let number = try #require(Int64(id))
        let tenant = bench.acme.tenant.id
        try await bench.database.run { session in
            try session.execute(
                """
                INSERT INTO dead_letter (message, at, campaign, tenant, provider, attempt, kind, reason)
                VALUES ($1, now(), $2, $3, 0, 3, 'exhausted', 'time_out')
                """, [.int(number), .int(number >> 35), .int(tenant)])
        }
        return number
    }

    /// A replay sends: it asks for all that sending asks for.
    @Test func aReplayNeedsTheLeaveToSend() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendTransactional, .deadLettersWrite])
        try await bench.run {
            let number = try await Self.givenUp(bench, key: key)
            try await bench.database.run { try $0.execute("UPDATE ledger SET state = 5 WHERE message = \(number)") }
        }
        let body = #"{"reason":"time","per_second":10}"#
        func replay(_ key: String) async throws -> GatewayBench.Answer {
            try await bench.call("POST", "/v1/dead-letters/replay", body, key: key)
        }
        func refusal(_ scopes: [Scope], source: Source? = nil, isTest: Bool = false) async throws -> String? {
            let party = (tenant: bench.acme.tenant, source: source ?? bench.acme.source)
            let answer = try await replay(try await bench.key(scopes, of: party, isTest: isTest))
            #expect(answer.status == 403, "\(answer.text)")
            return answer.rule
        }
        let sends: [Scope] = [.deadLettersWrite, .sendTransactional]
        #expect(try await refusal([.deadLettersWrite, .admin]) == "scope")
        #expect(try await refusal([.deadLettersWrite, .sendMarketing]) == "scope")
        #expect(try await refusal(sends, isTest: true) == "key.test")
        let parties = PartyStore(database: bench.database, keys: bench.keys)
        try await parties.addSource(tenant: bench.acme.tenant.id, name: "other")
        let other = try await parties.sources(tenant: bench.acme.tenant.id).first { $0.name == "other" }
        #expect(try await refusal(sends, source: other) == "campaign.source")
        // Not there any more: where its recipient is.
        let rules = SourceRuleStore(database: bench.database)
        let audit = AuditOrigin(actor: "test", origin: "test")
        var use = PermittedUse()
        use.countries = [try #require(Region("DE"))]
        let permit = try await rules.permit(use, to: bench.acme.source, audit: audit)
        #expect(try await refusal(sends) == "use.country")
        _ = try await rules.forbid(try #require(permit), of: bench.acme.source, mayOpen: true, audit: audit)
        bench.services.access.forget()
        let done = try await replay(key)
        #expect(done["campaigns"]?.arrayValue?.first?["recipients"]?.intValue == 1, "\(done.text)")
    }

    @Test func deadLettersAreListedSentAgainAndLaidAside() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendTransactional, .deadLettersWrite, .auditRead])
        try await bench.run {
            let number = try await Self.givenUp(bench, key: key)
            let id = String(number)
            let list = try await bench.call("GET", "/v1/dead-letters", key: key)
            #expect(list["items"]?.arrayValue?.first?["message"]?.stringValue == id, "\(list.text)")
            let rival = try await bench.key([.deadLettersWrite], of: bench.rival)
            #expect(try await bench.call("GET", "/v1/dead-letters", key: rival)["items"]?.arrayValue?.isEmpty == true)
            let theirs = try await bench.call(
                "POST", "/v1/dead-letters/discard", #"{"messages":["\#(id)"]}"#, key: rival)
            #expect(theirs["discarded"]?.intValue == 0)
            for body in ["{}", #"{"messages":["x"]}"#, #"{"campaign":"x"}"#] {
                #expect(try await bench.call("POST", "/v1/dead-letters/discard", body, key: key).status == 422)
            }
            // It was sent after all, so there is nobody to send it to again.
            let replayed = try await bench.call(
                "POST", "/v1/dead-letters/replay", #"{"reason":"time","per_second":10}"#, key: key)
            #expect(replayed.status == 200 && replayed["campaigns"]?.arrayValue?.isEmpty == true, "\(replayed.text)")
            let discarded = try await bench.call("POST", "/v1/dead-letters/discard", #"{"reason":"time"}"#, key: key)
            #expect(discarded["discarded"]?.intValue == 1)
            #expect(try await bench.call("GET", "/v1/dead-letters", key: key)["items"]?.arrayValue?.isEmpty == true)
            #expect(
                try await bench.call("GET", "/v1/dead-letters?state=all", key: key)["items"]?.arrayValue?.count == 1)
        }
    }
}
