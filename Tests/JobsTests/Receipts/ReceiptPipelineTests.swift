import Domain
import Senders
import Storage
import TestDatabase
import Testing

@testable import Jobs

/// What callbacks do to the books: once, never backwards, whatever order they come in.
@Suite(.database) struct ReceiptPipelineTests {
    @Test func aReceiptFindsItsMessageByReferenceOrNumberAndTheBooksStillAgree() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sent(40, costing: 50_000)
        await bench.say(ReceiptStatus(references: ["nothing", "c\(campaign)r3"], state: .delivered))
        await bench.say(
            ReceiptStatus(message: bench.message(campaign, 4), state: .undelivered, reason: "no_route (x 1)"))
        for index in 10..<40 {
            await bench.say(ReceiptStatus(references: ["c\(campaign)r\(index)"], state: .delivered))
        }
        try await bench.apply()
        #expect(try await bench.state(campaign, 3) == .delivered)
        #expect(try await bench.state(campaign, 4) == .undelivered)
        #expect(
            try await bench.bench.states(of: campaign) == [.sent: 8, .delivered: 31, .undelivered: 1])
        let progress = try await bench.bench.campaigns.progress(campaign)
        #expect(progress[.sent] == 8 && progress[.delivered] == 31 && progress.cost == ["SGD": 2_000_000])
        #expect(progress.attempts == 40 && progress.segments == 40)
        #expect(try await bench.counts() == [.applied: 32])
        #expect(try await bench.bench.ledger.verify().isSound)
        _ = try await bench.bench.ledger.compactRollups()
        #expect(try await bench.bench.ledger.verify().isSound)
        let result = try await bench.bench.ledger.results(
            campaign: campaign, from: bench.message(campaign, 3), to: bench.message(campaign, 5))
        #expect(result.map(\.state) == [.delivered, .undelivered] && result.map(\.cost) == [50_000, 50_000])
        #expect(result.map(\.segments) == [1, 1] && result[1].reason == "no_route (x 1)")
    }

    @Test func theSameEndInEveryOrderAlsoWithRepetitions() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sent(24)
        let reports: [ReceiptState] = [.sent, .undelivered, .delivered, .bouncedHard]
        var orders: [[ReceiptState]] = [[]]
        for report in reports {
            orders = orders.flatMap { order in
                (0...order.count).map { place in
                    var order = order
                    order.insert(report, at: place)
                    return order
                }
            }
        }
        #expect(orders.count == 24)
        for (index, order) in orders.enumerated() {
            for (step, state) in (order + order).enumerated() {
                await bench.say(
                    ReceiptStatus(references: ["c\(campaign)r\(index)"], state: state, reason: "step \(step)"))
                if index % 2 == 0 { try await bench.apply() }
            }
        }
        try await bench.apply()
        #expect(try await bench.bench.states(of: campaign) == [.bounced: 24])
        #expect(try await bench.bench.ledger.verify().isSound)
    }

    @Test func aReceiptThatIsEarlierThanOurOwnCommitIsParkedAndAppliedLater() async throws {
        let bench = try await ReceiptBench()
        await bench.say(ReceiptStatus(references: ["c1r0"], state: .delivered))
        try await bench.apply()
        #expect(try await bench.counts() == [.parked: 1])
        let campaign = try await bench.sent(1)
        #expect(campaign == 1)
        try await bench.pass(.seconds(3600))
        try await bench.apply()
        #expect(try await bench.counts() == [.applied: 1])
        #expect(try await bench.state(campaign, 0) == .delivered)
    }

    @Test func whatNeverFindsItsMessageExpiresAfterThreeDays() async throws {
        let bench = try await ReceiptBench()
        await bench.say(ReceiptStatus(references: ["nobody"], state: .delivered))
        for _ in 0..<9 {
            try await bench.apply()
            #expect(try await bench.counts() == [.parked: 1])
            try await bench.pass(.seconds(7 * 3600))
        }
        try await bench.pass(.seconds(12 * 3600))
        try await bench.apply()
        #expect(try await bench.counts() == [.expired: 1])
    }

    @Test func anAccountSaysNothingAboutWhatAnotherOneSent() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sent(2)
        await bench.say(ReceiptStatus(references: ["c\(campaign)r0"], state: .bouncedHard), as: "beta")
        await bench.say(ReceiptStatus(message: bench.message(campaign, 1), state: .bouncedHard), as: "beta")
        try await bench.apply()
        for _ in 0..<6 {
            try await bench.pass(.seconds(7200))
            try await bench.apply()
        }
        #expect(try await bench.counts() == [.parked: 2])
        #expect(try await bench.bench.states(of: campaign) == [.sent: 2])
        #expect(try await bench.suppressions(0).isEmpty)
        #expect(await !bench.say(ReceiptStatus(references: ["x"], state: .sent), as: "nobody"))
    }

    /// The dead worker may have had another provider in mind than the one who takes its place would choose.
    @Test func whatALostWorkerSentIsFoundForEachAccountOfTheTenant() async throws {
        let bench = try await ReceiptBench()
        let stranger = try await PartyStore(database: bench.bench.database, keys: bench.bench.keys)
            .addTenant(name: "stranger", tier: .paid, region: Region("SG") ?? .none, timeZone: "UTC")
        try await bench.providers.addProvider(name: "foreign", kind: "sandbox", tenant: stranger.id, settings: "{}")
        let campaign = try await bench.sent(4) {
            .inDoubt(reason: $0.index == 3 ? ProviderReason.timeOut : LedgerAttempt.lost)
        }
        func say(_ index: Int, as provider: String) async {
            await bench.say(
                ReceiptStatus(message: bench.message(campaign, index), references: ["x"], state: .delivered),
                as: provider)
        }
        await say(0, as: "alpha")
        await say(1, as: "beta")
        await say(2, as: "foreign")
        await say(3, as: "beta")
        try await bench.apply()
        for _ in 0..<6 {
            try await bench.pass(.seconds(7200))
            try await bench.apply()
        }
        #expect(try await bench.counts() == [.applied: 2, .parked: 2])
        #expect(try await bench.bench.states(of: campaign) == [.delivered: 2, .unknown: 2])
        #expect(try await bench.bench.ledger.verify().isSound)
    }

    @Test func aReceiptForAnyPartOfAMessageFindsIt() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sent(60) {
            .sent(reference: "\($0.index)a,\($0.index)b,\($0.index)c", cost: nil)
        }
        for index in 0..<3 {
            await bench.say(ReceiptStatus(references: ["\(index)\(["a", "b", "c"][index])"], state: .delivered))
        }
        try await bench.apply()
        for index in 10..<60 { await bench.say(ReceiptStatus(references: ["\(index)c"], state: .delivered)) }
        try await bench.apply()
        #expect(try await bench.counts() == [.applied: 53])
        #expect(try await bench.bench.states(of: campaign) == [.sent: 7, .delivered: 53])
    }

    /// Ids are short and some SMSCs write them now in hexadecimal, now in decimal digits.
    @Test func anotherSpellingOfAReferenceCountsForTheSameRecipientAlone() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sent(2) { .sent(reference: "1\($0.index)", cost: nil) }
        await bench.say(ReceiptStatus(references: ["16", "10"], state: .delivered, recipient: WorkerBench.number(1)))
        let plain = String(WorkerBench.number(1).dropFirst())
        await bench.say(ReceiptStatus(references: ["17", "11"], state: .delivered, recipient: plain))
        try await bench.apply()
        #expect(try await bench.bench.states(of: campaign) == [.sent: 1, .delivered: 1])
        #expect(try await bench.state(campaign, 1) == .delivered)
        #expect(try await bench.counts() == [.applied: 1, .parked: 1])
    }

    @Test func aRepeatedCallbackIsCountedAndNotStoredAgain() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sent(1)
        let status = ReceiptStatus(references: ["c\(campaign)r0"], state: .delivered)
        await withTaskGroup { group in
            for _ in 0..<50 { group.addTask { await bench.say(status) } }
        }
        await bench.say(status, as: "beta")
        try await bench.apply()
        let stored = try await bench.callbacks.callbacks(state: nil, provider: nil, limit: 10)
        #expect(stored.count == 2)
        #expect(stored.first { $0.providerName == "alpha" }?.repeats == 49)
        #expect(try await bench.bench.ledger.trace(bench.message(campaign, 0)).count == 2)
    }

    @Test func aDoubtIsSettledByAReceipt() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sent(3) {
            $0.index == 0 ? .sent(reference: "a", cost: nil) : .inDoubt(reason: "?")
        }
        await bench.say(ReceiptStatus(message: bench.message(campaign, 1), state: .delivered))
        await bench.say(ReceiptStatus(message: bench.message(campaign, 2), state: .failed, reason: "gone"))
        try await bench.apply()
        #expect(try await bench.bench.states(of: campaign) == [.sent: 1, .delivered: 1, .failed: 1])
        #expect(try await bench.bench.ledger.verify().isSound)
    }

    @Test func aReceiptOfAnEarlierAttemptSaysNothingAgainstTheOneThatEndedTheMessage() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sent(2, category: .transactional) {
            $0.attempt == 1 ? .inDoubt(reason: "?") : .sent(reference: "second\($0.index)", cost: nil)
        }
        // By our number the provider's last attempt is meant.
        await bench.say(ReceiptStatus(references: ["second1"], state: .failed))
        try await bench.apply()
        #expect(try await bench.state(campaign, 0) == .sent)
        #expect(try await bench.state(campaign, 1) == .failed)
        #expect(try await bench.bench.ledger.verify().isSound)
    }

    @Test func aToldPriceTakesThePlaceOfTheBookedOne() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sent(3, costing: 50_000)
        let dollar = try #require(Currency("SGD"))
        let euro = try #require(Currency("EUR"))
        func status(_ index: Int, _ state: ReceiptState, _ micros: Int64, _ currency: Currency) -> ReceiptStatus {
            ReceiptStatus(
                references: ["c\(campaign)r\(index)"], state: state, cost: Money(micros: micros, currency: currency))
        }
        await bench.say(status(0, .delivered, 70_000, dollar))
        await bench.say(status(1, .sent, 20_000, dollar))
        await bench.say(status(2, .delivered, 30_000, euro))
        try await bench.apply()
        // Told again with other words: nothing is booked twice.
        await bench.say(status(0, .opened, 70_000, dollar))
        await bench.say(status(2, .sent, 30_000, euro))
        try await bench.apply()
        let proof = try await bench.bench.ledger.verify()
        #expect(proof.isSound && proof.cost == ["SGD": 90_000, "EUR": 30_000])
        #expect(try await bench.bench.campaigns.progress(campaign).cost == ["SGD": 90_000, "EUR": 30_000])
        let results = try await bench.bench.ledger.results(
            campaign: campaign, from: bench.message(campaign, 0), to: bench.message(campaign, 3))
        #expect(results.map(\.cost) == [70_000, 20_000, 30_000] && results.map(\.currency) == ["SGD", "SGD", "EUR"])
        #expect(results.map(\.state) == [.delivered, .sent, .delivered])
    }

    @Test func manyReceiptsAtOnceFindTheirMessagesInOnePass() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sent(3000)
        await withTaskGroup { group in
            for index in 0..<3000 {
                let message = MessageID(
                    shard: MessageID.shard(campaign: campaign, number: index / 2000), index: index % 2000)
                let status =
                    index % 2 == 0
                    ? ReceiptStatus(references: ["c\(campaign)r\(index % 2000)", "other"], state: .delivered)
                    : ReceiptStatus(message: message, state: .undelivered)
                group.addTask { await bench.say(status) }
            }
        }
        try await bench.apply()
        #expect(try await bench.counts() == [.applied: 2500])
        let states = try await bench.bench.states(of: campaign)
        #expect(states[.undelivered] == 1500 && states.values.reduce(0, +) == 3000)
        #expect(try await bench.bench.ledger.verify().isSound)
    }

    @Test func aCallbackThatNobodyCanReadIsKeptForAPerson() async throws {
        let bench = try await ReceiptBench()
        #expect(
            await bench.intake.receive(
                ProviderCallback(
                    provider: "alpha", receivedAt: .now, kind: "sandbox", contentType: "text/plain", body: [1, 2, 3],
                    method: "POST", url: "https://x/y", headers: [.init(name: "A", value: "b")])))
        try await bench.apply()
        let stored = try #require(
            try await bench.callbacks.callbacks(state: .unreadable, provider: nil, limit: 5).first)
        let callback = try #require(CallbackCodec.decode(stored.content))
        #expect(callback.body == [1, 2, 3] && callback.header("a") == "b" && callback.url == "https://x/y")
        #expect(stored.note.contains("sandbox"))
    }

    @Test func twoPipelinesAtOnceApplyEachCallbackOnce() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.sent(400)
        for index in 0..<400 {
            await bench.say(ReceiptStatus(references: ["c\(campaign)r\(index)"], state: .delivered))
            await bench.say(ReceiptStatus(references: ["c\(campaign)r\(index)"], state: .failed))
        }
        try await withThrowingTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    try await bench.bench.eventually {
                        _ = try await bench.pipeline.run(limit: 50)
                        return try await bench.counts() == [.applied: 800]
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await bench.bench.states(of: campaign) == [.delivered: 400])
        #expect(try await bench.bench.ledger.verify().isSound)
    }
}
