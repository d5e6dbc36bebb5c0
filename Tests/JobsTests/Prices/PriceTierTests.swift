import Domain
import Senders
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import Jobs

/// Volume tiers: booked by what was counted so far, settled to the millionth.
@Suite(.database) struct PriceTierTests {
    private let sms = Channel.sms

    private func account(_ bench: WorkerBench) async throws -> Int64 {
        let providers = ProviderStore(database: bench.database, keys: bench.keys)
        try await providers.addProvider(name: "telco", kind: "sandbox", tenant: nil, settings: "{}")
        return try #require(try await providers.providers().first).id
    }

    private func month() throws -> CivilDate {
        let today = CivilDate(daysSinceEpoch: Int(Timestamp.now.micros / 86_400_000_000)).description
        return try #require(CivilDate(today.prefix(7) + "-01"))
    }

    private func rate(_ bench: WorkerBench, _ provider: Int64) async throws -> PriceTable.Rate {
        let table = try await RouteTableLoader(database: bench.database, keys: bench.keys).load()
        let prices = try #require(table.provider(provider)?.prices[.sms])
        let address = Array("+6591234567".utf8)
        let rate = prices.rate(for: address.span)
        return try #require(rate)
    }

    @Test func theTierFollowsWhatTheMonthHasSeenAndIsSettledUnitByUnit() async throws {
        let bench = try await WorkerBench()
        let store = ProviderStore(database: bench.database, keys: bench.keys)
        let (provider, sgd) = (try await account(bench), try #require(Currency("SGD")))
        func tier(_ micros: Int64, after: Int64) async throws {
            try await store.addPrice(
                provider: provider, channel: .sms, prefix: "65", after: after, micros: micros, currency: sgd, from: nil,
                to: nil)
        }
        await #expect(throws: TierWithoutPrice.self) { try await tier(30_001, after: 60) }
        try await tier(40_000, after: 0)
        try await tier(30_001, after: 60)
        try await tier(20_000, after: 110)
        let first = try await rate(bench, provider)
        #expect(first.micros == 40_000 && first.line > 0)

        var billed: Int64 = 0
        func send(_ count: Int) async throws {
            let rate = try await rate(bench, provider)
            var list = PriceTable()
            list.set(prefix: "65", to: rate)
            let campaign = try await bench.send(count)
            try await bench.with(
                try bench.worker(ScriptedProvider("a", answer: ScriptedProvider.accept), window: 30, lists: [list])
            ) { try await bench.finish(campaign) }
            billed += Int64(count) * rate.micros
        }
        try await send(70)
        // Seventy were counted: the next are of the second tier as a whole.
        #expect(try await rate(bench, provider).micros == 30_001)
        try await send(50)
        try await PriceVolumeStore(database: bench.database).fold()
        #expect(try await rate(bench, provider).micros == 20_000)
        try await send(7)
        #expect(try await bench.ledger.verify().cost == ["SGD": billed])

        let due: Int64 = 60 * 40_000 + 50 * 30_001 + 17 * 20_000
        let volumes = PriceVolumeStore(database: bench.database)
        let settled = try await volumes.settle(month: try month())
        #expect(settled.map(\.units) == [127] && settled.map(\.due) == [due])
        #expect(settled.map(\.booked) == [billed] && settled.map(\.correction) == [due - billed])
        let proof = try await bench.ledger.verify(.init(eachMessage: true))
        #expect(proof.isSound && proof.cost == ["SGD": due], "\(proof.differences)")
        // Once: a second time there is nothing to do.
        #expect(try await volumes.settle(month: try month()).map(\.correction) == [0])
        try await send(3)
        #expect(try await volumes.settle(month: try month()).map(\.correction) == [0])
        #expect(try await bench.ledger.verify().cost == ["SGD": due + 3 * 20_000])
    }

    @Test func bandsOfSegmentsAndOverlapsAreKept() async throws {
        let bench = try await WorkerBench()
        let store = ProviderStore(database: bench.database, keys: bench.keys)
        let (provider, sgd) = (try await account(bench), try #require(Currency("SGD")))
        func add(_ micros: Int64, segments: Int = 1, _ from: String?, _ to: String?) async throws {
            try await store.addPrice(
                provider: provider, channel: .sms, prefix: "65", segments: segments, micros: micros, currency: sgd,
                from: from.flatMap { CivilDate($0) }, to: to.flatMap { CivilDate($0) })
        }
        try await add(40_000, "2020-01-01", nil)
        try await add(35_000, segments: 3, "2020-01-01", nil)
        let table = try await RouteTableLoader(database: bench.database, keys: bench.keys).load()
        let prices = try #require(table.provider(provider)?.prices[.sms])
        let address = Array("+6591234567".utf8)
        let found = [1, 2, 3, 9].map { prices.rate(for: address.span, segments: $0)?.micros }
        #expect(found == [40_000, 40_000, 35_000, 35_000])

        // Without an end the earlier one gives way; with one that reaches into the other nobody knows which counts.
        try await add(41_000, "2021-01-01", "2022-01-01")
        await #expect(throws: PriceOverlap.self) { try await add(1, "2021-06-01", nil) }
        await #expect(throws: PriceOverlap.self) { try await add(1, "2020-06-01", "2021-02-01") }
        try await add(42_000, "2022-01-01", nil)
        // The same first day replaces.
        try await add(43_000, "2022-01-01", nil)
        #expect(try await store.prices().filter { $0.segmentsFrom == 1 }.map(\.micros) == [40_000, 41_000, 43_000])
    }
}
