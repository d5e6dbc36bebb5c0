import Domain
import Senders
import Storage
import TestDatabase
import Testing

@testable import Jobs

/// Messages that were given up although nobody refused them, and sending them again.
@Suite(.database) struct DeadLetterTests {
    @Test func usedUpTriesAndTextsThatCannotBeMadeAreDeadLettersAndPlainRefusalsAreNot() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.dead(6)
        let letters = try await bench.letters()
        #expect(letters.map(\.message.index).sorted() == [0, 1, 2])
        #expect(letters.allSatisfy { $0.kind == .exhausted && $0.reason == "busy" && $0.campaign == campaign })
        #expect(try await bench.bench.states(of: campaign) == [.failed: 4, .sent: 2])
    }

    @Test func aReplaySendsThemOnceMoreAsNewMessagesSpreadOverTime() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.dead(6)
        _ = try await bench.bench.policy.deny(
            tenant: bench.bench.tenant.id, kind: .prefix, values: [String(WorkerBench.number(2).dropFirst())], note: "")
        let replayed = try #require(try await bench.replay(campaign, ReplayPace(60, in: .seconds(60))))
        #expect(replayed.recipients == 3)
        let due = try await bench.bench.database.run { session in
            try session.query("SELECT due_at FROM shard WHERE campaign = $1 ORDER BY due_at", [.int(replayed.id)])
                .map { try $0.time("due_at") }
        }
        #expect(due.count == 3 && due[1] - due[0] == .seconds(1) && due[2] - due[1] == .seconds(1))
        // None is open any more: a second replay finds nobody.
        #expect(try await bench.replay(campaign, ReplayPace(60, in: .seconds(60))) == nil)
        #expect(try await bench.letters().allSatisfy { $0.state == .replayed && $0.replay == replayed.id })
        let provider = ScriptedProvider("alpha", answer: ScriptedProvider.accept)
        try await bench.bench.with(try bench.bench.worker(provider)) {
            try await bench.bench.finish(replayed.id)
        }
        #expect(try await bench.bench.states(of: replayed.id) == [.sent: 2, .rejected: 1])
        #expect(try await bench.bench.ledger.verify().isSound)
    }

    @Test func whatAReceiptBroughtBackToLifeIsNotSentAgain() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.dead(6)
        await bench.say(ReceiptStatus(message: bench.message(campaign, 1), state: .delivered))
        try await bench.apply()
        #expect(try await bench.state(campaign, 1) == .delivered)
        #expect(try await bench.replay(campaign, ReplayPace(50, in: .seconds(1)))?.recipients == 2)
    }

    @Test func discardedOnesStayOnRecord() async throws {
        let bench = try await ReceiptBench()
        let campaign = try await bench.dead(6)
        let store = DeadLetterStore(database: bench.bench.database)
        var filter = DeadLetterStore.Filter()
        filter.reason = "other"
        #expect(try await store.discard(filter) == 0)
        filter.reason = "bu"
        filter.messages = [bench.message(campaign, 0), bench.message(campaign, 5)]
        #expect(try await store.discard(filter) == 1)
        #expect(try await store.open(DeadLetterStore.Filter())[campaign]?.count == 2)
        #expect(try await bench.letters().count { $0.state == .discarded } == 1)
    }

    /// Each death is a claim whose window stays open.
    @Test(arguments: [4, 5]) func aMessageOverWhichWorkersDieIsGivenUpAfterFive(deaths: Int) async throws {
        let bench = try await ShardBench(
            1, category: .transactional, dead: 1, crashes: deaths,
            through: [
                ScriptedProvider("a", answer: ScriptedProvider.accept)
            ])
        try await bench.workToTheEnd()
        #expect(await bench.allEnded(as: deaths < 5 ? .sent : .unknown))
        #expect(await bench.queue.stored.reduce(0) { $0 + $1.deadLetters.count } == (deaths < 5 ? 0 : 1))
    }

    @Test func whereWorkersDiedBeforeEachRecipientGoesOnItsOwn() async throws {
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let bench = try await ShardBench(7, crashes: 2, through: [provider])
        #expect(try await bench.work() == [.done])
        #expect(provider.batches == 7)
    }

    @Test(arguments: [
        (50, Duration.seconds(1), [0, 49, 50, 149], [0.0, 0, 1, 2]),
        (90, .seconds(60), [0, 1, 2], [0, 1, 2]),
        (30, .seconds(60), [0, 1, 2], [0, 2, 4]),
    ])
    func aPaceSpreadsWhatIsReplayed(count: Int, time: Duration, places: [Int], seconds: [Double]) {
        let pace = ReplayPace(count, in: time)
        #expect(zip(places, seconds).allSatisfy { abs(pace.delay(of: $0).seconds - $1) < 1 })
        // Never faster than asked for.
        for place in 0..<1000 { #expect(Double(place) / max(1, pace.delay(of: place).seconds + 1) <= Double(count)) }
    }
}

extension ReceiptBench {
    /// A campaign of which the first three find every try refused for now, the fourth is refused for good.
    fileprivate func dead(_ count: Int) async throws -> Int64 {
        try await sent(count, category: .otp) { call in
            switch call.index {
            case 0...2: .temporary(reason: "busy")
            case 3: .permanent(reason: "invalid_recipient (x 1)")
            default: .sent(reference: "\(call.index)", cost: nil)
            }
        }
    }

    fileprivate func letters() async throws -> [DeadLetter] {
        try await DeadLetterStore(database: bench.database).letters(DeadLetterStore.Filter(), limit: 100)
    }

    fileprivate func replay(_ campaign: Int64, _ pace: ReplayPace) async throws -> (id: Int64, recipients: Int64)? {
        guard let messages = try await DeadLetterStore(database: bench.database).open(.init())[campaign],
            let stored = try await bench.campaigns.campaign(campaign)
        else { return nil }
        return try await Resend(campaigns: bench.campaigns, ledger: bench.ledger)
            .replay(messages, of: stored, pace: pace)
    }
}
