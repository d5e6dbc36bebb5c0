import Domain
import Jobs
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// What the start of a campaign says of its cost.
@Suite(.database) struct StartCostTests {
    /// Prices for Singapore alone.
    private func priced() async throws -> CampaignBench {
        let bench = try await CampaignBench()
        let providers = ProviderStore(database: bench.database, keys: bench.gateway.keys)
        let sand = try #require(try await providers.providers().first)
        try await providers.addPrice(
            provider: sand.id, channel: .sms, prefix: "65", micros: 40_000, currency: try #require(Currency("SGD")),
            from: nil, to: nil)
        return bench
    }

    @Test func aStartSaysWhatItIsExpectedToCostAndWhatBudgetsLeave() async throws {
        let bench = try await priced()
        let manager = try await bench.gateway.key([.budgetsWrite, .suppressionsWrite])
        for (period, amount) in [("total", "0.1"), ("month", "7")] {
            let made = try await bench.call(
                "POST", "/v1/budgets",
                #"{"source":"checkout","period":"\#(period)","amount":"\#(amount)","currency":"SGD"}"#, key: manager)
            #expect(made.status == 201, "\(made.text)")
        }
        _ = try await bench.call("PUT", "/v1/suppressions", #"{"addresses":["+6591000001"]}"#, key: manager)
        let file = CampaignBench.csv(4) + "+6591000000,Twice\n+442079460018,Far\n+442079460019,Far\n"
        let id = try await bench.draft()
        let check = try await bench.call(
            "POST", "/v1/campaigns/\(id)/check", file, headers: [("Content-Type", "text/csv")])
        #expect(try await bench.fill(id, file)["accepted"] == 6)
        let start = try await bench.call(
            "POST", "/v1/campaigns/\(id)/start", headers: [(name: "Idempotency-Key", value: "one")])
        #expect(start.status == 200 && start["state"] == "running", "\(start.text)")
        #expect(start["expected_cost"] == [["amount": "0.120000", "currency": "SGD"]], "\(start.text)")
        #expect(start["expected_cost"] == check["cost"] && start["unpriced"] == check["unpriced"], "\(check.text)")
        #expect(start["unpriced"] == [["provider": "sand", "country": "GB", "messages": 2]], "\(start.text)")
        #expect(start["has_route"] == true)
        #expect(start["expected_from"] == ["looked_at": 6, "of": 6, "countries_left_out": []], "\(start.text)")
        let budgets = start["budgets"]?.arrayValue ?? []
        #expect(budgets.count == 2)
        let short = try #require(budgets.first { $0["exceeds"] == true }, "\(start.text)")
        #expect(short["left"] == "0.100000" && short["expected"] == "0.120000" && short["currency"] == "SGD")
        let again = try await bench.call(
            "POST", "/v1/campaigns/\(id)/start", headers: [(name: "Idempotency-Key", value: "one")])
        #expect(again.text == start.text && again.header("Idempotent-Replay") == "true")
        let late = try await bench.call("POST", "/v1/campaigns/\(id)/start")
        #expect(late.status == 409, "\(late.text)")
    }

    @Test func whereNothingHasAPriceOrABudgetTheStartSaysSo() async throws {
        let bench = try await CampaignBench()
        let id = try await bench.draft()
        _ = try await bench.fill(id, CampaignBench.csv(3))
        let start = try await bench.call("POST", "/v1/campaigns/\(id)/start")
        #expect(start["expected_cost"] == [] && start["budgets"] == [], "\(start.text)")
        #expect(start["unpriced"] == [["provider": "sand", "country": "SG", "messages": 3]], "\(start.text)")
        let empty = try await bench.draft()
        let refused = try await bench.call("POST", "/v1/campaigns/\(empty)/start")
        #expect(refused.status == 409 && refused.rule == "no_recipients", "\(refused.text)")
    }

    /// Of a large campaign some shards are looked at; what they can't tell is named.
    @Test func aLargeCampaignIsJudgedBySomeOfItsShards() async throws {
        let bench = try await priced()
        let id = try await bench.draft()
        // Several shards; only the last has somebody in another country.
        let filled = try await bench.fill(id, CampaignBench.csv(8000) + "+442079460018,Far\n")
        #expect(filled["accepted"] == 8001, "\(filled.text)")
        let campaign = try #require(try await bench.store.campaign(Int64(id) ?? 0))
        let services = bench.gateway.services
        func cost(_ most: Int) async throws -> DraftCost {
            try await DraftCost.of(
                campaign, database: bench.database, keys: bench.gateway.keys, contexts: services.contexts,
                mostShards: most)
        }
        let some = try await cost(2)
        #expect(some.lookedAt < 8001 && some.recipients == 8001 && some.leftOut == ["GB"], "\(some)")
        #expect(some.costs == ["SGD": 8001 * 40_000] && some.unpriced.isEmpty)
        let whole = try await cost(DraftCost.mostShards)
        #expect(whole.lookedAt == 8001 && whole.leftOut.isEmpty, "\(whole)")
        #expect(whole.costs == ["SGD": 8000 * 40_000] && whole.unpriced.map(\.messages) == [1], "\(whole)")
        let start = try await bench.call("POST", "/v1/campaigns/\(id)/start")
        #expect(start["expected_cost"] == [["amount": "320.000000", "currency": "SGD"]], "\(start.text)")
    }
}
