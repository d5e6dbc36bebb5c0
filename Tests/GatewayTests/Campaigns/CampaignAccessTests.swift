import Domain
import Jobs
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// Who may do what with whose campaigns.
@Suite(.database) struct CampaignAccessTests {
    private static let steps = [
        "GET ", "PUT /recipients", "POST /check", "POST /start", "POST /pause", "POST /resume", "POST /cancel",
        "POST /resend-failed", "GET /rejects.csv", "GET /results.csv", "GET /events",
    ]

    private func call(_ step: String, _ id: String, _ bench: CampaignBench, key: String) async throws
        -> GatewayBench.Answer
    {
        let parts = step.split(separator: " ", omittingEmptySubsequences: false)
        return try await bench.call(String(parts[0]), "/v1/campaigns/\(id)\(parts[1])", key: key)
    }

    @Test func anotherTenantsCampaignIsNotThere() async throws {
        let bench = try await CampaignBench()
        let id = try await bench.draft()
        let rival = try await bench.gateway.key(
            [.sendMarketing, .campaignsWrite, .messagesRead, .admin], of: bench.gateway.rival)
        for step in Self.steps {
            let seen = try await call(step, id, bench, key: rival)
            let unknown = try await call(step, "9999999", bench, key: rival)
            #expect(seen.status == 404 && seen.text.replacing(id, with: "9999999") == unknown.text, "\(step)")
        }
        #expect(try await bench.call("GET", "/v1/campaigns", key: rival)["items"]?.arrayValue?.isEmpty == true)
        #expect(try await bench.state(id) == .draft)
    }

    @Test func eachStepNeedsItsScope() async throws {
        let bench = try await CampaignBench()
        let id = try await bench.draft()
        let sender = try await bench.gateway.key([.sendMarketing])
        let reader = try await bench.gateway.key([.campaignsRead])
        let writer = try await bench.gateway.key([.campaignsWrite])
        for step in Self.steps { #expect(try await call(step, id, bench, key: sender).status == 403, "\(step)") }
        for step in Self.steps where !step.hasPrefix("GET") {
            #expect(try await call(step, id, bench, key: reader).status == 403, "\(step)")
        }
        #expect(try await bench.call("GET", "/v1/campaigns/\(id)", key: reader).status == 200)
        // Looking after campaigns is not sending.
        #expect(try await bench.call("POST", "/v1/campaigns", CampaignBench.form, key: writer).rule == "scope")
        for step in ["PUT /recipients", "POST /check", "POST /start"] {
            #expect(try await call(step, id, bench, key: writer).rule == "scope", "\(step)")
        }
        #expect(try await call("POST /cancel", id, bench, key: writer).status == 200)
    }

    @Test func aSourceSeesItsOwnCampaignsAndSendsNobodyElses() async throws {
        let bench = try await CampaignBench()
        let acme = bench.gateway.acme.tenant
        let parties = PartyStore(database: bench.database, keys: bench.gateway.keys)
        try await parties.addSource(tenant: acme.id, name: "other")
        let other = try #require(try await parties.sources(tenant: acme.id).first { $0.name == "other" })
        let scopes: [Scope] = [.sendMarketing, .campaignsWrite]
        let neighbour = try await bench.gateway.key(scopes, of: (acme, other))
        let overseer = try await bench.gateway.key(scopes + [.messagesRead], of: (acme, other))
        let id = try await bench.draft()
        #expect(try await bench.fill(id, CampaignBench.csv(1)).status == 200)
        for step in Self.steps { #expect(try await call(step, id, bench, key: neighbour).status == 404, "\(step)") }
        #expect(try await bench.call("GET", "/v1/campaigns/\(id)", key: overseer).status == 200)
        for step in ["PUT /recipients", "POST /check", "POST /start", "POST /resume", "POST /resend-failed"] {
            #expect(try await call(step, id, bench, key: overseer).rule == "campaign.source", "\(step)")
        }
        #expect(try await call("POST /cancel", id, bench, key: overseer).status == 200)
    }

    @Test func onlyCountriesThatThePermittedUsesNameAreSentTo() async throws {
        let bench = try await CampaignBench()
        var use = PermittedUse()
        use.countries = [try #require(Region("SG"))]
        use.categories = [.marketing]
        _ = try await SourceRuleStore(database: bench.database).permit(
            use, to: bench.gateway.acme.source, audit: AuditOrigin(actor: "test", origin: "test"))
        bench.gateway.services.access.forget()
        let id = try await bench.draft()
        let filled = try await bench.fill(id, CampaignBench.csv(2) + "+4915112345678,Kai\n")
        #expect(filled["accepted"]?.intValue == 2, "\(filled.text)")
        #expect(filled["rejected_by"]?["country_not_permitted"]?.intValue == 1)
        let rejects = try await bench.call("GET", "/v1/campaigns/\(id)/rejects.csv")
        #expect(rejects.text.contains("+4915112345678") && rejects.text.contains("country_not_permitted"))
        let all = try await bench.gateway.key([.sendTransactional, .sendMarketing, .campaignsWrite])
        let other = try await bench.call(
            "POST", "/v1/campaigns", #"{"template":"spring","category":"transactional"}"#, key: all)
        #expect(other.status == 403 && other.rule == "use.category")
    }

    @Test func aTestKeyChecksEverythingAndSendsNothing() async throws {
        let bench = try await CampaignBench()
        let test = try await bench.gateway.key([.sendMarketing, .campaignsWrite], isTest: true)
        let before = try await bench.stored()
        let whole = try await bench.call(
            "POST", "/v1/campaigns",
            #"{"template":"spring","category":"marketing","recipients":\#(CampaignBench.list(3))}"#, key: test)
        #expect(whole.status == 201 && whole["accepted"]?.intValue == 3 && whole["id"]?.isNull == true, "\(whole.text)")
        #expect(try await bench.stored() == before)
        let draft = try await bench.draft(key: test)
        // Whoever fills it.
        for key in [test, bench.key] {
            let filled = try await bench.fill(draft, CampaignBench.csv(2) + "1,x\n", key: key)
            #expect(
                filled["accepted"]?.intValue == 2 && filled["rejected"]?.intValue == 1
                    && filled["test"]?.boolValue == true)
        }
        #expect(try await bench.call("POST", "/v1/campaigns/\(draft)/start", key: test).status == 200)
        #expect(try await bench.call("POST", "/v1/campaigns/\(draft)/start").rule == "no_recipients")
        #expect(try await bench.stored() == before + 1)
        let live = try await bench.draft()
        #expect(try await bench.fill(live, CampaignBench.csv(2)).status == 200)
        for step in ["/start", "/pause", "/resume", "/cancel", "/resend-failed"] {
            #expect(
                try await bench.call("POST", "/v1/campaigns/\(live)\(step)", key: test).rule == "key.test", "\(step)")
        }
        #expect(try await bench.state(live) == .draft)
    }

    @Test func listsGoPageByPageAndHoldNoStreams() async throws {
        let bench = try await CampaignBench()
        var ids: [String] = []
        for _ in 0..<5 { ids.append(try await bench.draft()) }
        let sender = try await bench.gateway.key([.sendTransactional, .campaignsWrite])
        try await bench.gateway.run {
            let sent = try await bench.call(
                "POST", "/v1/messages",
                #"{"to":"+6591234567","template":"code","data":{"code":"1"},"category":"transactional"}"#, key: sender)
            let message = try #require(sent.ids.first.flatMap { Int64($0) })
            // The stream that it belongs to is no campaign.
            for step in Self.steps where step != "POST /check" && step != "PUT /recipients" {
                #expect(try await call(step, String(message >> 35), bench, key: sender).status == 404, "\(step)")
            }
        }
        var seen: [String] = []
        var cursor = ""
        repeat {
            let page = try await bench.call("GET", "/v1/campaigns?limit=2\(cursor)")
            seen += (page["items"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
            cursor = page["next_cursor"]?.stringValue.map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        #expect(seen == ids.reversed())
    }
}
