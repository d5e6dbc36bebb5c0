import Domain
import Reports
import Senders
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import Jobs

/// Whatever providers say, how often and in what order: reports, ledger and the provider's own account agree to the
/// millionth.
@Suite(.database) struct ReportAgreementTests {
    private func period() throws -> ReportPeriod {
        let now = Timestamp.now
        let day: Int64 = 86_400_000_000
        func date(_ instant: Timestamp) throws -> CivilDate { try #require(ReportDay.date(of: instant, zone: "UTC")) }
        let (from, to) = (try date(Timestamp(micros: now.micros - day)), try date(Timestamp(micros: now.micros + day)))
        return try #require(ReportPeriod(.range, from: from, to: to, zone: "UTC"))
    }

    private func report(_ kind: ReportKind, _ bench: ReceiptBench) async throws -> Report {
        try await Report.make(
            kind, try period(), tenant: nil as Tenant?, from: UsageStore(database: bench.bench.database))
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func totalsAgreeToTheMillionth(seed: UInt64) async throws {
        let bench = try await ReceiptBench()
        var random = SeededRandom(seed: seed)
        let count = 60
        let first = (0..<count).map { _ in Int64.random(in: 1...99_999, using: &random) }
        let campaign = try await bench.bench.send(count, category: .transactional)
        let currency = try #require(Currency("SGD"))
        let provider = ScriptedProvider("alpha") { call in
            // A tenth is refused, a tenth has no price yet.
            if call.index % 10 == 3 { return .permanent(reason: "no_route") }
            let cost = call.index % 10 == 7 ? nil : Money(micros: first[call.index], currency: currency)
            return .sent(reference: "c\(campaign)r\(call.index)", cost: cost)
        }
        try await bench.bench.with(try bench.bench.worker(provider)) { try await bench.bench.finish(campaign) }

        // What the provider's own books say in the end.
        var billed: [Int: Int64] = [:]
        for index in 0..<count where index % 10 != 3 { billed[index] = index % 10 == 7 ? 0 : first[index] }
        var told: [ReceiptStatus] = []
        for index in 0..<count where index % 10 != 3 {
            let states: [ReceiptState] = [.delivered, .undelivered, .sent, .bouncedHard]
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                told.append(
                    ReceiptStatus(references: ["c\(campaign)r\(index)"], state: states.randomElement(using: &random)!))
            }
            guard index % 3 == 0 || index % 10 == 7 else { continue }
            let price = Int64.random(in: 1...99_999, using: &random)
            billed[index] = price
            var status = ReceiptStatus(references: ["c\(campaign)r\(index)"], state: .delivered)
            status.cost = Money(micros: price, currency: currency)
            told.append(status)
        }
        for status in (told + told).shuffled(using: &random) {
            await bench.say(status)
            if Int.random(in: 0..<20, using: &random) == 0 { try await bench.apply() }
        }
        try await bench.apply()

        let proof = try await bench.bench.ledger.verify()
        #expect(proof.isSound, "\(proof.differences)")
        let total = billed.values.reduce(0, +)
        #expect(proof.cost == ["SGD": total])
        for _ in 0..<2 {
            let cost = try await report(.cost, bench)
            #expect(cost.totals.reduce(0) { $0 + $1.cost } == total)
            #expect(cost.totals.reduce(0) { $0 + $1.messages } == Int64(count))
            // Sent without a price: it was told later, and that they were is still said.
            #expect(cost.missing.reduce(0) { $0 + $1.attempts } == 6)
            let delivery = try await report(.delivery, bench)
            let states = try await bench.bench.states(of: campaign)
            for state in [MessageState.delivered, .sent, .undelivered, .bounced, .failed] {
                let place = try #require(delivery.main.columns.firstIndex(of: state.word))
                let sum = delivery.main.rows.reduce(into: Int64(0)) { if case .count(let n) = $1[place] { $0 += n } }
                #expect(sum == Int64(states[state] ?? 0), "\(state)")
            }
            _ = try await bench.bench.ledger.compactRollups()
        }
        let exceptions = try await report(.exceptions, bench)
        #expect(exceptions.main.rows.contains { $0.contains(.text("no_route")) && $0.last == .count(6) })

        try await reconcile(bench, campaign, billed)
    }

    /// An invoice that says what the provider's books say matches; each thing that is changed in it is found.
    private func reconcile(_ bench: ReceiptBench, _ campaign: Int64, _ billed: [Int: Int64]) async throws {
        let store = ReconciliationStore(database: bench.bench.database)
        let period = try period()
        var lines = billed.sorted { $0.key < $1.key }.enumerated().map { place, item in
            ReconciliationStore.Line(
                number: place + 2, reference: "c\(campaign)r\(item.key)", micros: item.value, currency: "SGD")
        }
        func outcome(_ lines: [ReconciliationStore.Line], tolerance: Int64 = 0) async throws
            -> ReconciliationStore.Outcome
        {
            try await store.reconcile(
                provider: 1, from: period.start, to: period.end, lines: lines, tolerance: tolerance)
        }
        let agreed = try await outcome(lines)
        #expect(agreed.findings == [] && agreed.matched == Int64(lines.count), "\(agreed.findings)")
        #expect(agreed.matchedCost == ["SGD": billed.values.reduce(0, +)])

        let gone = lines.removeLast()
        lines[0] = .init(number: 2, reference: lines[0].reference, micros: lines[0].micros + 1, currency: "SGD")
        lines[1] = .init(number: 3, reference: lines[1].reference, micros: lines[1].micros, currency: "USD")
        lines.append(.init(number: 99, reference: "never", micros: 5, currency: "SGD"))
        let differing = try await outcome(lines)
        #expect(differing.findings.map(\.kind) == [.price, .price, .onlyTheirs, .onlyOurs])
        #expect(differing.findings[0].theirs == lines[0].micros && differing.findings[0].ours == lines[0].micros - 1)
        #expect(differing.findings[2].line == 99 && differing.findings[3].reference == gone.reference)
        #expect(try await outcome(lines, tolerance: 1).findings.map(\.kind) == [.price, .onlyTheirs, .onlyOurs])
    }

    /// A receipt counts for the day of its message in the report of deliveries, and for its own in that of cost.
    @Test func aLateReceiptChangesTheDayOfItsMessage() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sent(4, costing: 50_000)
        // As if they had been sent two days ago, and the receipts came now.
        try await bench.bench.database.run { session in
            try session.execute("UPDATE ledger SET at = at - interval '2 days'")
            try session.execute("UPDATE rollup_delta SET bucket = bucket - interval '2 days'")
            try session.execute("UPDATE rollup SET bucket = bucket - interval '2 days'")
        }
        await bench.say(ReceiptStatus(references: ["c\(campaign)r0"], state: .delivered))
        await bench.say(ReceiptStatus(references: ["c\(campaign)r1"], state: .undelivered))
        try await bench.apply()
        await bench.say(ReceiptStatus(references: ["c\(campaign)r1"], state: .delivered))
        try await bench.apply()
        let (now, store) = (Timestamp.now, UsageStore(database: bench.bench.database))
        let then = now - .seconds(2 * 86_400)
        func delivered(_ kind: ReportKind, _ day: Timestamp) async throws -> [ReportTable.Cell] {
            let from = try #require(ReportDay.date(of: day - .seconds(3600), zone: "UTC"))
            let to = try #require(ReportDay.date(of: day + .seconds(3600), zone: "UTC"))
            let period = try #require(ReportPeriod(.range, from: from, to: to, zone: "UTC"))
            let report = try await Report.make(kind, period, tenant: nil as Tenant?, from: store)
            let place = try #require(report.main.columns.firstIndex(of: "delivered"))
            return report.main.rows.map { $0[place] }
        }
        #expect(try await delivered(.delivery, then) == [.count(2)])
        #expect(try await delivered(.delivery, now) == [])
        #expect(try await delivered(.cost, then) == [.count(0)])
        #expect(try await delivered(.cost, now) == [.count(2)])
        // Half of them within two days.
        let day = try #require(ReportDay.date(of: then, zone: "UTC"))
        let period = try #require(ReportPeriod(.day, holding: day, zone: "UTC"))
        let report = try await Report.make(.delivery, period, tenant: nil as Tenant?, from: store)
        if let row = report.main.rows.first, let place = report.main.columns.firstIndex(of: "p50_seconds"),
            case .milliseconds(let time) = row[place]
        {
            #expect(time >= 172_800_000 && time < 190_000_000)
        }
    }
}
