import Domain
import Reports
import Senders
import Storage
import Synchronization
import TestDatabase
import TestSupport
import Testing

@testable import Jobs

/// Random traffic with retries, fallbacks, price changes, volume tiers, late and double receipts: report, rollups, ledger,
/// budget and the providers' own books agree to the millionth.
@Suite(.database) struct PriceAgreementTests {
    /// What the providers bill, by message.
    private final class Books: Sendable {
        let billed = Mutex<[String: Int64]>([:])
        func book(_ reference: String, _ micros: Int64) { billed.withLock { $0[reference] = micros } }
        var total: Int64 { billed.withLock { $0.values.reduce(0, +) } }
    }

    private struct List {
        let id: Int64
        let first: Int64
        let then: Int64
        let after: Int64
    }

    private func list(_ bench: ReceiptBench, from: String, _ random: inout SeededRandom) async throws -> List {
        let sgd = try #require(Currency("SGD"))
        let first = Int64.random(in: 20_000...60_000, using: &random)
        let then = Int64.random(in: 1...20_000, using: &random)
        let after = Int64.random(in: 10...90, using: &random)
        for (volume, micros) in [(Int64(0), first), (after, then)] {
            try await bench.providers.addPrice(
                provider: 1, channel: .sms, prefix: "65", after: volume, micros: micros, currency: sgd,
                from: CivilDate(from), to: nil)
        }
        let id = try #require(
            try await bench.providers.prices().first { $0.validFrom == from && $0.volumeAfter == 0 }?.id)
        return List(id: id, first: first, then: then, after: after)
    }

    /// As a price list of units says it, from one number of the month to another.
    private func due(_ list: List, from: Int64, to: Int64) -> Int64 {
        let first = max(0, min(to, list.after) - min(from, list.after))
        return first * list.first + (to - from - first) * list.then
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func totalsAgreeToTheMillionth(seed: UInt64) async throws {
        let bench = try await ReceiptBench()
        var random = SeededRandom(seed: seed)
        let sgd = try #require(Currency("SGD"))
        let books = Books()
        let budgets = BudgetStore(database: bench.bench.database)
        _ = try await budgets.set(
            BudgetWish(
                tenant: bench.bench.tenant.id, scope: .tenant, period: .total,
                limit: Money(micros: 1_000_000_000, currency: sgd)),
            audit: AuditOrigin(actor: "test", origin: "test"))
        let lists = [
            try await list(bench, from: "2020-01-01", &random), try await list(bench, from: "2021-01-01", &random),
        ]
        var units: [Int64] = [0, 0]
        var listed: Int64 = 0
        var told: [ReceiptStatus] = []
        var toldPrices: [String: Int64] = [:]
        for round in 0..<4 {
            let place = round / 2
            let (line, sent) = (lists[place], units.reduce(0, +))
            let price = sent >= line.after ? line.then : line.first
            var table = PriceTable()
            table.set(prefix: "65", to: PriceTable.Rate(micros: price, currency: sgd, line: line.id))
            let count = Int.random(in: 20...60, using: &random)
            let (refused, once, elsewhere) = (
                Int.random(in: 3...9, using: &random), Int.random(in: 3...9, using: &random),
                Int.random(in: 5...11, using: &random)
            )
            let campaign = try await bench.bench.send(count, category: .otp)
            let throttled = Mutex<Set<Int>>([])
            let alpha = ScriptedProvider("alpha") { call in
                if call.index % elsewhere == 4 { return .notSent(reason: "refused") }
                if call.index % refused == 2 { return .permanent(reason: "no_route") }
                if call.index % once == 1, throttled.withLock({ $0.insert(call.index).inserted }) {
                    return .throttled(after: .milliseconds(100))
                }
                books.book("c\(campaign)r\(call.index)", price)
                return .sent(reference: "c\(campaign)r\(call.index)", cost: nil)
            }
            // Says what it takes with each answer.
            let beta = ScriptedProvider("beta") { call in
                books.book("c\(campaign)b\(call.index)", 77_001)
                return .sent(reference: "c\(campaign)b\(call.index)", cost: Money(micros: 77_001, currency: sgd))
            }
            try await bench.bench.with(try bench.bench.worker(alpha, beta, window: 16, lists: [table])) {
                try await bench.bench.finish(campaign)
            }
            for index in 0..<count where books.billed.withLock({ $0["c\(campaign)r\(index)"] != nil }) {
                units[place] += 1
                listed += price
                var status = ReceiptStatus(
                    references: ["c\(campaign)r\(index)"],
                    state: [.delivered, .undelivered, .sent].randomElement(using: &random) ?? .sent)
                if index % 5 == 0 {
                    let other = Int64.random(in: 1...99_999, using: &random)
                    status.cost = Money(micros: other, currency: sgd)
                    toldPrices["c\(campaign)r\(index)"] = other
                }
                told.append(status)
            }
        }
        #expect(try await bench.bench.ledger.verify().cost == ["SGD": books.total])

        for status in (told + told).shuffled(using: &random) { await bench.say(status) }
        try await bench.apply()
        for (reference, micros) in toldPrices { books.book(reference, micros) }
        try await agree(on: books.total, bench, budgets)

        // At the month's end each unit costs what the list says of its number.
        let owed = due(lists[0], from: 0, to: units[0]) + due(lists[1], from: units[0], to: units[0] + units[1])
        let today = CivilDate(daysSinceEpoch: Int(Timestamp.now.micros / 86_400_000_000)).description
        let month = try #require(CivilDate(today.prefix(7) + "-01"))
        let settled = try await PriceVolumeStore(database: bench.bench.database).settle(month: month)
        #expect(settled.reduce(0) { $0 + $1.units } == units.reduce(0, +))
        #expect(settled.reduce(0) { $0 + $1.correction } == owed - listed)
        // A receipt that comes again after that changes nothing of it.
        for status in told.shuffled(using: &random).prefix(20) { await bench.say(status) }
        try await bench.apply()
        try await agree(on: books.total + owed - listed, bench, budgets)
    }

    /// Before the rollups are folded, and after.
    private func agree(on total: Int64, _ bench: ReceiptBench, _ budgets: BudgetStore) async throws {
        let day: Int64 = 86_400_000_000
        let now = Timestamp.now.micros
        let from = try #require(ReportDay.date(of: Timestamp(micros: now - day), zone: "UTC"))
        let to = try #require(ReportDay.date(of: Timestamp(micros: now + day), zone: "UTC"))
        let period = try #require(ReportPeriod(.range, from: from, to: to, zone: "UTC"))
        for _ in 0..<2 {
            let proof = try await bench.bench.ledger.verify(.init(eachMessage: true))
            #expect(proof.isSound && proof.cost == ["SGD": total], "\(proof.differences)")
            let report = try await Report.make(
                .cost, period, tenant: nil as Tenant?, from: UsageStore(database: bench.bench.database))
            #expect(report.totals.reduce(0) { $0 + $1.cost } == total)
            #expect(try await budgets.budgets().first?.spent == total)
            _ = try await bench.bench.ledger.compactRollups()
        }
    }
}
