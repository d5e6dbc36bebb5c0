import Domain
import Jobs
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import Gateway

/// What a campaign's start and going on are held against: where its recipients are, quotas, and no rate.
@Suite(.database) struct CampaignLeaveTests {
    private let audit = AuditOrigin(actor: "test", origin: "test")

    private func permitOnly(_ country: String, _ bench: CampaignBench) async throws {
        var use = PermittedUse()
        use.countries = [try #require(Region(country))]
        _ = try await SourceRuleStore(database: bench.database).permit(
            use, to: bench.gateway.acme.source, audit: audit)
        bench.gateway.services.access.forget()
    }

    private func limit(_ bench: CampaignBench, _ change: (inout SourceLimits) -> Void) async throws {
        var limits = SourceLimits()
        change(&limits)
        try await SourceRuleStore(database: bench.database).setLimits(
            limits, of: bench.gateway.acme.source, audit: audit)
        bench.gateway.services.access.forget()
    }

    /// Leave that was there when the recipients came may be gone when they are sent to.
    @Test func countriesAreLookedAtAgain() async throws {
        let bench = try await CampaignBench()
        let abroad = try await bench.draft()
        _ = try await bench.fill(abroad, CampaignBench.csv(2) + "+4915112345678,Kai\n")
        let home = try await bench.draft()
        _ = try await bench.fill(home, CampaignBench.csv(2, from: 10))
        let running = try await bench.draft()
        _ = try await bench.fill(running, "phone,name\n+4915112345679,Uli\n")
        #expect(try await bench.call("POST", "/v1/campaigns/\(running)/start").status == 200)
        #expect(try await bench.call("POST", "/v1/campaigns/\(running)/pause").status == 200)
        try await permitOnly("SG", bench)
        for (id, step) in [(abroad, "start"), (running, "resume")] {
            let refused = try await bench.call("POST", "/v1/campaigns/\(id)/\(step)")
            #expect(refused.status == 403 && refused.rule == "use.country", "\(refused.text)")
            #expect(refused["detail"]?.stringValue?.contains("to DE") == true)
        }
        #expect(try await bench.state(abroad) == .draft)
        #expect(try await bench.state(running) == .paused)
        #expect(try await bench.call("POST", "/v1/campaigns/\(home)/start").status == 200)
        // Others may still stop it.
        #expect(try await bench.call("POST", "/v1/campaigns/\(running)/cancel").status == 200)
    }

    /// A campaign goes at the pace of its providers: what a source may send at once by the API is another thing.
    @Test func aRateHoldsUpNoCampaign() async throws {
        let bench = try await CampaignBench()
        try await limit(bench) { $0.rate = SourceLimits.Rate(perSecond: 1, burst: 1) }
        let sender = try await bench.gateway.key([.sendMarketing])
        for place in 0..<3 {
            let id = try await bench.draft()
            _ = try await bench.fill(id, CampaignBench.csv(50, from: place * 100))
            #expect(try await bench.call("POST", "/v1/campaigns/\(id)/start").status == 200)
        }
        // And it uses up nothing of the rate.
        try await bench.gateway.run {
            let sent = try await bench.call(
                "POST", "/v1/messages",
                #"{"to":"+6591234567","template":"spring","data":{"name":"A"},"category":"marketing"}"#, key: sender)
            #expect(sent.status == 202, "\(sent.text)")
        }
    }

    @Test func aQuotaHoldsAndIsGivenBackWhereNothingCameOfIt() async throws {
        let bench = try await CampaignBench()
        try await limit(bench) { $0.quotas[.day] = 5 }
        let large = try await bench.draft()
        _ = try await bench.fill(large, CampaignBench.csv(6))
        let refused = try await bench.call("POST", "/v1/campaigns/\(large)/start")
        #expect(refused.status == 429 && refused.rule == "limit.day", "\(refused.text)")
        let id = try await bench.draft()
        _ = try await bench.fill(id, CampaignBench.csv(4, from: 10))
        // The commit is refused at its end.
        try await bench.database.run {
            try $0.execute(
                """
                CREATE FUNCTION refuse_start() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$;
                CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON campaign DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW WHEN (NEW.state = 'running') EXECUTE FUNCTION refuse_start()
                """)
        }
        for _ in 0..<3 {
            #expect(try await bench.call("POST", "/v1/campaigns/\(id)/start").status >= 500)
        }
        try await bench.database.run { try $0.execute("DROP TRIGGER refuse ON campaign") }
        #expect(try await bench.state(id) == .draft)
        #expect(try await bench.call("POST", "/v1/campaigns/\(id)/start").status == 200)
        // Sent again under its key it counts once.
        let one = try await bench.draft()
        _ = try await bench.fill(one, CampaignBench.csv(1, from: 20))
        for _ in 0..<3 {
            let answer = try await bench.call(
                "POST", "/v1/campaigns/\(one)/start", headers: [("Idempotency-Key", "k")])
            #expect(answer.status == 200, "\(answer.text)")
        }
        let none = try await bench.draft()
        _ = try await bench.fill(none, CampaignBench.csv(1, from: 30))
        #expect(try await bench.call("POST", "/v1/campaigns/\(none)/start").rule == "limit.day")
    }
}
