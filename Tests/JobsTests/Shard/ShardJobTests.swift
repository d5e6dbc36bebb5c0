import Domain
import Senders
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Jobs

/// What becomes of each recipient of a shard, whatever the providers and the campaign do meanwhile.
struct ShardJobTests {
    @Test func everyRecipientIsSentToOnceAndRecordedOnce() async throws {
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let bench = try await ShardBench(1200, through: [provider])
        #expect(try await bench.work() == [.done])
        #expect(provider.indexes == Array(0..<1200))
        #expect(await bench.allEnded(as: .sent))
        #expect(await bench.rows.count == 1200)
    }

    // MARK: Refusals and waits

    @Test func whatWasNotSentGoesToTheNextProviderAtOnce() async throws {
        let first = ScriptedProvider("a") { _ in .notSent(reason: "no connection") }
        let second = ScriptedProvider("b", answer: ScriptedProvider.accept)
        let bench = try await ShardBench(20, through: [first, second])
        #expect(try await bench.work() == [.done])
        #expect(second.calls == (0..<20).map { .init(index: $0, attempt: 2) })
        #expect(await bench.allEnded(as: .sent))
        #expect(await bench.rows.allSatisfy { $0.provider == 2 })
    }

    @Test func aRefusalForGoodIsNotTriedElsewhere() async throws {
        let first = ScriptedProvider("a") { _ in .permanent(reason: "answered 400") }
        let second = ScriptedProvider("b", answer: ScriptedProvider.accept)
        let bench = try await ShardBench(20, through: [first, second])
        try await bench.workToTheEnd()
        #expect(second.calls.isEmpty)
        #expect(await bench.allEnded(as: .failed))
    }

    @Test func theThrottledWaitAsAShardOfTheirOwn() async throws {
        let provider = ScriptedProvider("a") { call in
            call.index < 3 && call.attempt == 1 ? .throttled(after: .seconds(20)) : ScriptedProvider.accept(call)
        }
        let bench = try await ShardBench(100, through: [provider])
        // The shard itself is done: nobody waits for the three.
        #expect(try await bench.work() == [.done])
        #expect(await bench.rows.count == 97)
        bench.clock.pass(.seconds(19))
        #expect(try await bench.work().isEmpty)
        bench.clock.pass(.seconds(7))
        #expect(try await bench.work() == [.done])
        #expect(await bench.allEnded(as: .sent))
        #expect(await bench.rows.count == 100)
    }

    @Test func aPassingFaultIsTriedAgainAndThenElsewhere() async throws {
        let first = ScriptedProvider("a") { _ in .temporary(reason: "answered 503") }
        let second = ScriptedProvider("b", answer: ScriptedProvider.accept)
        let bench = try await ShardBench(5, lifetime: .seconds(86_400), through: [first, second])
        try await bench.workToTheEnd()
        #expect(first.calls.count == 5 * RetryPolicy.bulk.maxAttempts)
        #expect(second.calls.count == 5)
        #expect(await bench.allEnded(as: .sent))
        // What was certainly not sent costs no row.
        #expect(await bench.rows.count == 5)
    }

    // MARK: Doubt

    @Test func marketingInDoubtIsNeverSentAgain() async throws {
        let first = ScriptedProvider("a") { _ in .inDoubt(reason: "no answer in time") }
        let second = ScriptedProvider("b", answer: ScriptedProvider.accept)
        let bench = try await ShardBench(10, through: [first, second])
        try await bench.workToTheEnd()
        #expect(first.calls.count == 10 && second.calls.isEmpty)
        #expect(await bench.allEnded(as: .unknown))
    }

    @Test func transactionalInDoubtIsSentAgainWithTheDoubtOnRecord() async throws {
        let provider = ScriptedProvider("a") { call in
            call.attempt == 1 ? .inDoubt(reason: "no answer in time") : ScriptedProvider.accept(call)
        }
        let bench = try await ShardBench(10, category: .transactional, through: [provider])
        try await bench.workToTheEnd()
        #expect(await bench.allEnded(as: .sent))
        let doubts = await bench.rows.filter { !$0.final }
        #expect(doubts.count == 10 && doubts.allSatisfy { $0.state == .unknown && $0.attempt == 1 })
    }

    /// Were the next provider asked first, a crash in between would leave two messages and one doubt.
    @Test func aDoubtIsStoredBeforeTheNextProviderIsAsked() async throws {
        let stored = Mutex(0)
        let queue = Mutex<MemoryQueue?>(nil)
        let first = ScriptedProvider("a") { _ in .inDoubt(reason: "no answer in time") }
        let second = ScriptedProvider(
            "b",
            arrival: { _ in
                guard let queue = queue.withLock({ $0 }) else { return }
                let rows = await queue.stored.flatMap { StoredRow.rows(of: $0) }
                stored.withLock { $0 = rows.count { $0.state == .unknown && !$0.final } }
            }, answer: ScriptedProvider.accept)
        let bench = try await ShardBench(10, category: .transactional, through: [first, second])
        queue.withLock { $0 = bench.queue }
        try await bench.workToTheEnd()
        #expect(first.calls.count == 10 && second.calls.count == 10)
        #expect(stored.withLock { $0 } == 10)
        #expect(await bench.allEnded(as: .sent))
    }

    @Test(arguments: [Domain.Category.marketing, .transactional])
    func whatADeadWorkerHadOnItsWayIsInDoubt(category: Domain.Category) async throws {
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let bench = try await ShardBench(100, category: category, dead: 40, through: [provider])
        try await bench.workToTheEnd()
        let states = await bench.states()
        #expect((40..<100).allSatisfy { states[$0] == [.sent] })
        if category == .marketing {
            #expect((0..<40).allSatisfy { states[$0] == [.unknown] })
            #expect(provider.indexes.allSatisfy { $0 >= 40 })
        } else {
            #expect((0..<40).allSatisfy { states[$0] == [.sent] })
            #expect(provider.calls.filter { $0.index < 40 }.allSatisfy { $0.attempt == 2 })
            #expect(await bench.rows.count { $0.reason == "worker_lost" && !$0.final } == 40)
        }
    }

    @Test func aDoubtedMessageNeverEndsAsCertainlyNotSent() async throws {
        let provider = ScriptedProvider("a") { _ in .permanent(reason: "answered 400") }
        let bench = try await ShardBench(10, category: .transactional, dead: 10, through: [provider])
        try await bench.workToTheEnd()
        #expect(await bench.allEnded(as: .unknown))
    }

    // MARK: The campaign changes its mind

    @Test func cancelEndsTheRestWithoutSending() async throws {
        let queue = Mutex<MemoryQueue?>(nil)
        let provider = ScriptedProvider(
            "a",
            arrival: { calls in
                if calls == 100 { await queue.withLock { $0 }?.set(campaign: ShardBench.campaign, to: .cancelling) }
            }, answer: ScriptedProvider.accept)
        let bench = try await ShardBench(1000, through: [provider])
        queue.withLock { $0 = bench.queue }
        #expect(try await bench.work(windows: 100) == [.done])
        // The window that was under way is finished and counts.
        #expect(provider.calls.count == 200)
        let states = await bench.states()
        #expect(
            (0..<200).allSatisfy { states[$0] == [.sent] } && (200..<1000).allSatisfy { states[$0] == [.cancelled] })
    }

    @Test func pauseTakesEffectAfterTheWindowAndResumeGoesOnThere() async throws {
        let queue = Mutex<MemoryQueue?>(nil)
        let provider = ScriptedProvider(
            "a",
            arrival: { calls in
                if calls == 100 { await queue.withLock { $0 }?.set(campaign: ShardBench.campaign, to: .paused) }
            }, answer: ScriptedProvider.accept)
        let bench = try await ShardBench(1000, through: [provider])
        queue.withLock { $0 = bench.queue }
        #expect(try await bench.work(windows: 100) == [.givenBack])
        #expect(provider.calls.count == 200)
        #expect(try await bench.work(windows: 100).isEmpty)
        await bench.queue.set(campaign: ShardBench.campaign, to: .running)
        #expect(try await bench.work(windows: 100) == [.done])
        #expect(provider.indexes == Array(0..<1000))
        #expect(await bench.allEnded(as: .sent))
    }

    @Test func whatComesAfterTheExpiryIsNotSent() async throws {
        let clock = Mutex<ManualClock?>(nil)
        let provider = ScriptedProvider(
            "a", arrival: { calls in if calls == 100 { clock.withLock { $0 }?.pass(.seconds(61)) } },
            answer: ScriptedProvider.accept)
        let bench = try await ShardBench(1000, lifetime: .seconds(60), through: [provider])
        clock.withLock { $0 = bench.clock }
        #expect(try await bench.work(windows: 100) == [.done])
        let states = await bench.states()
        // The window that was under way is no exception.
        #expect((0..<100).allSatisfy { states[$0] == [.sent] } && (100..<1000).allSatisfy { states[$0] == [.expired] })
    }

    /// A provider that is closed for an hour must not keep messages whose time is over from ending.
    @Test func theExpiredDoNotWaitForTheirProvider() async throws {
        let provider = ScriptedProvider("a") { _ in .throttled(after: .seconds(3600)) }
        let bench = try await ShardBench(1000, lifetime: .seconds(60), through: [provider])
        try await bench.work(windows: 100)
        bench.clock.pass(.seconds(61))
        try await bench.work(windows: 100)
        #expect(await bench.allEnded(as: .expired))
    }

    /// A provider may take long over the first of a window: the others' time goes on.
    @Test func whatExpiresOnItsWayIsNotSent() async throws {
        let clock = Mutex<ManualClock?>(nil)
        let provider = ScriptedProvider("p") { call in
            if call.index == 3 { clock.withLock { $0?.pass(.seconds(61)) } }
            return .sent(reference: "r", cost: nil)
        }
        let bench = try await ShardBench(10, category: .otp, lifetime: .seconds(60), through: [provider])
        clock.withLock { $0 = bench.clock }
        try await bench.workToTheEnd()
        #expect(provider.indexes == [0, 1, 2, 3])
        let states = await bench.states()
        #expect(states.count == 10)
        #expect((0..<4).allSatisfy { states[$0] == [.sent] } && (4..<10).allSatisfy { states[$0] == [.expired] })
    }

    /// Its first try is in doubt: that it has no time left for a second says nothing about the first.
    @Test func whatExpiresOnItsWayStaysInDoubt() async throws {
        let clock = Mutex<ManualClock?>(nil)
        let first = ScriptedProvider("first") { _ in .inDoubt(reason: "time_out") }
        let second = ScriptedProvider("second") { _ in
            clock.withLock { $0?.pass(.seconds(61)) }
            return .sent(reference: "r", cost: nil)
        }
        let bench = try await ShardBench(2, category: .otp, lifetime: .seconds(60), through: [first, second])
        clock.withLock { $0 = bench.clock }
        try await bench.workToTheEnd()
        #expect(second.indexes == [0])
        #expect(await bench.states() == [0: [.sent], 1: [.unknown]])
    }

    // MARK: The lease

    @Test func aLeaseThatEndsLeavesTheRestWhereItStood() async throws {
        let lease = Mutex<Lease?>(nil)
        let provider = ScriptedProvider(
            "a",
            arrival: { calls in
                guard calls == 100 else { return }
                lease.withLock { lease in
                    lease?.end()
                    lease = nil
                }
            }, answer: ScriptedProvider.accept)
        var bench = try await ShardBench(300, through: [provider])
        lease.withLock { $0 = bench.lease }
        #expect(try await bench.work(windows: 100) == [.givenBack])
        bench.lease.renew(sent: .now, length: .seconds(3600))
        #expect(!bench.lease.isValid)
        bench.registerAgain()
        try await bench.workToTheEnd()
        #expect(provider.calls.count == 300)
        #expect(provider.calls.allSatisfy { $0.attempt == 1 })
        #expect(await bench.allEnded(as: .sent))
    }
}
