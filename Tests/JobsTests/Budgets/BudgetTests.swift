import Domain
import Senders
import Storage
import Synchronization
import TestDatabase
import TestSupport
import Testing

@testable import Jobs

/// Money budgets with workers that send, on a real database.
@Suite(.database) struct BudgetTests {
    private let audit = AuditOrigin(actor: "test", origin: "test")

    private func money(_ micros: Int64, _ code: String = "SGD") throws -> Money {
        Money(micros: micros, currency: try #require(Currency(code)))
    }

    private func set(
        _ bench: WorkerBench, _ micros: Int64, _ code: String = "SGD", scope: Budget.Scope = .tenant,
        change: (inout BudgetWish) -> Void = { _ in }
    ) async throws -> Budget {
        var wish = BudgetWish(tenant: bench.tenant.id, scope: scope, period: .month, limit: try money(micros, code))
        change(&wish)
        return try await BudgetStore(database: bench.database).set(wish, audit: audit)
    }

    private func booked(_ bench: WorkerBench) async throws -> Int64 {
        let proof = try await bench.ledger.verify()
        #expect(proof.isSound, "\(proof.differences)")
        return proof.cost["SGD"] ?? 0
    }

    private func events(_ bench: WorkerBench) async throws -> [String] {
        try await bench.database.run { session in
            try session.query("SELECT kind FROM budget_event ORDER BY id").map { try $0.text("kind") }
        }
    }

    /// Several workers on one budget: not a message beyond it, and none that it pays for is left.
    @Test(arguments: [1, 3]) func workersTogetherNeverSpendMoreThanThereIs(workers count: Int) async throws {
        let bench = try await WorkerBench()
        let price: Int64 = 40_000
        // For 730 messages and a half.
        let budget = try await set(bench, 730 * price + price / 2)
        let campaign = try await bench.send(2500)
        let news = Mutex<[BudgetNews.Kind]>([])
        var workers: [Worker] = []
        for number in 0..<count {
            workers.append(
                try bench.worker(
                    ScriptedProvider("p\(number)", answer: ScriptedProvider.accept), slots: 3, window: 50,
                    prices: [price], onBudget: { told in news.withLock { $0.append(told.kind) } }))
        }
        let running = workers.map { worker in Task { try await worker.run() } }
        try await bench.eventually { try await bench.campaigns.campaign(campaign)?.state == .held }
        // All that is on its way has come to its end.
        try await bench.eventually { try await booked(bench) == 730 * price }
        let held = try #require(try await bench.campaigns.campaign(campaign))
        #expect(held.note.contains("budget \(budget.id)") && held.note.contains("herald budget set"))
        #expect(try await events(bench) == ["warning", "held"])
        #expect(news.withLock { Set($0) } == [.warning, .held])

        // Raised, it goes on by itself, to the end.
        _ = try await set(bench, 5000 * price)
        try await bench.finish(campaign)
        for worker in workers { worker.drain() }
        for task in running { try await task.value }
        #expect(try await booked(bench) == 2500 * price)
        #expect(try await bench.states(of: campaign) == [.sent: 2500])
        let after = try #require(try await BudgetStore(database: bench.database).budgets().first)
        #expect(after.spent == 2500 * price && after.heldAt == nil && after.reserved == 0)
    }

    /// What is booked and what is not folded together yet are each counted once.
    @Test func whatIsSpentIsWhatTheLedgerBooked() async throws {
        let bench = try await WorkerBench()
        _ = try await set(bench, 1_000_000_000)
        let campaign = try await bench.send(120)
        try await bench.with(
            try bench.worker(
                ScriptedProvider("a") {
                    $0.index % 4 == 0 ? .permanent(reason: "no") : .sent(reference: "r", cost: nil)
                },
                prices: [12_345])
        ) {
            try await bench.finish(campaign)
        }
        let store = BudgetStore(database: bench.database)
        for _ in 0..<2 {
            let budget = try #require(try await store.budgets(tenant: bench.tenant.id).first)
            #expect(budget.spent == 90 * 12_345)
            _ = try await bench.ledger.compactRollups()
        }
    }

    @Test func oneTimePasswordsGoOutAndAreCountedUnlessTheBudgetSaysOtherwise() async throws {
        let bench = try await WorkerBench()
        _ = try await set(bench, 50_000)
        let worker = try bench.worker(ScriptedProvider("a", answer: ScriptedProvider.accept), prices: [40_000])
        try await bench.with(worker) {
            let codes = try await bench.send(10, category: .otp)
            try await bench.finish(codes)
            #expect(try await booked(bench) == 400_000)
            let campaign = try await bench.send(5)
            try await bench.eventually { try await bench.campaigns.campaign(campaign)?.state == .held }
            _ = try await set(bench, 50_000) { $0.holdsCritical = true }
            let more = try await bench.send(3, category: .otp)
            try await bench.eventually { try await bench.campaigns.campaign(more)?.state == .held }
            #expect(try await booked(bench) == 400_000)
        }
    }

    /// A campaign that nobody has a budget for is not in the way of one that has.
    @Test func aCampaignsBudgetHoldsThatCampaignAlone() async throws {
        let bench = try await WorkerBench()
        let first = try await bench.send(40, at: .now + .seconds(3600))
        let second = try await bench.send(40, at: .now + .seconds(3600))
        _ = try await set(bench, 400_000, scope: .campaign(first)) { $0.period = .total }
        try await bench.database.run {
            try $0.execute("UPDATE campaign SET due_at = now(); UPDATE shard SET due_at = now()")
        }
        try await bench.with(
            try bench.worker(ScriptedProvider("a", answer: ScriptedProvider.accept), window: 5, prices: [40_000])
        ) {
            try await bench.finish(second)
            try await bench.eventually { try await bench.campaigns.campaign(first)?.state == .held }
            try await bench.eventually { try await bench.states(of: first) == [.sent: 10] }
            let store = BudgetStore(database: bench.database)
            let budget = try #require(try await store.budgets().first)
            #expect(try await store.remove(budget.id, audit: audit))
            try await bench.finish(first)
        }
        #expect(try await booked(bench) == 80 * 40_000)
    }

    // MARK: Currencies

    @Test func aPriceInAnotherCurrencyCountsByTheRate() async throws {
        let bench = try await WorkerBench()
        let rates = RateStore(database: bench.database)
        let day = try #require(CivilDate("2020-01-01"))
        try await rates.add(
            from: try #require(Currency("SGD")), to: try #require(Currency("USD")), day: day,
            rate: try #require(ExchangeRate("0.5")))
        // In dollars: for 25 messages of 0.04 SGD.
        _ = try await set(bench, 500_000, "USD")
        let campaign = try await bench.send(60)
        try await bench.with(
            try bench.worker(ScriptedProvider("a", answer: ScriptedProvider.accept), window: 10, prices: [40_000])
        ) {
            try await bench.eventually { try await bench.campaigns.campaign(campaign)?.state == .held }
            try await bench.eventually { try await booked(bench) == 25 * 40_000 }
        }
        #expect(try await BudgetStore(database: bench.database).budgets().first?.spent == 500_000)
    }

    @Test func withoutARateABudgetIsRefusedAndOneThatIsMissingLaterIsSaid() async throws {
        let bench = try await WorkerBench()
        let providers = ProviderStore(database: bench.database, keys: bench.keys)
        try await providers.addProvider(name: "telco", kind: "sandbox", tenant: nil, settings: "{}")
        let telco = try #require(try await providers.providers().first)
        try await providers.addPrice(
            provider: telco.id, channel: .sms, prefix: "", micros: 5, currency: try #require(Currency("EUR")),
            from: nil,
            to: nil)
        let price = try #require(try await providers.prices().first { $0.currency == "EUR" })
        let unconverted = BudgetRefusal.UnconvertedPrice(
            id: price.id, provider: "telco", micros: 5, currency: "EUR")
        await #expect(throws: BudgetRefusal.noRate([unconverted], to: "SGD")) { _ = try await set(bench, 1_000_000) }
        _ = try await set(bench, 1_000_000, "EUR")
        let campaign = try await bench.send(10)
        try await bench.with(
            try bench.worker(ScriptedProvider("a", answer: ScriptedProvider.accept), prices: [40_000])
        ) {
            try await bench.finish(campaign)
            try await bench.eventually { try await events(bench) == ["no_rate"] }
        }
        let budget = try #require(try await BudgetStore(database: bench.database).budgets().first)
        #expect(budget.spent == 0 && budget.missing == "0.4 SGD")
    }

    /// A budget that is set below what is spent: the event comes, and the processes' log says it.
    @Test func whatIsUsedUpAsItIsSetIsTold() async throws {
        let bench = try await WorkerBench()
        let campaign = try await bench.send(5)
        let news = Mutex<[BudgetNews]>([])
        try await bench.with(
            try bench.worker(
                ScriptedProvider("a", answer: ScriptedProvider.accept), prices: [40_000],
                onBudget: { told in news.withLock { $0.append(told) } })
        ) {
            try await bench.finish(campaign)
            // It has looked once by now, maybe: what is set again and again is told once it has.
            try await bench.eventually {
                let budget = try await set(bench, 100_000)
                #expect(budget.heldAt != nil)
                _ = try await BudgetStore(database: bench.database).remove(budget.id, audit: audit)
                return news.withLock { $0.contains { $0.kind == .held && $0.text.contains("is used up") } }
            }
        }
        #expect(try await events(bench).contains("held"))
    }

    // MARK: Periods

    /// What waited for a period that is over goes on in the next.
    @Test func aNewPeriodHasRoomAgain() async throws {
        let bench = try await WorkerBench()
        let budget = try await set(bench, 100_000)
        let campaign = try await bench.send(10)
        try await bench.with(
            try bench.worker(ScriptedProvider("a", answer: ScriptedProvider.accept), prices: [40_000])
        ) {
            try await bench.eventually { try await bench.campaigns.campaign(campaign)?.state == .held }
            try await bench.eventually { try await booked(bench) == 80_000 }
            // As if all of it had been last month.
            try await bench.database.run { session in
                try session.execute("UPDATE budget SET started = started - interval '1 month'")
                try session.execute("UPDATE rollup_delta SET bucket = bucket - interval '32 days'")
                try session.execute("UPDATE spend SET day = day - 32")
            }
            try await bench.eventually { try await events(bench).filter { $0 == "released" }.count > 0 }
        }
        #expect(try await BudgetStore(database: bench.database).budget(budget.id)?.id == budget.id)
    }
}
