import Domain
import Senders
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Jobs

/// What a shard does about a provider that is out: goes around it, or waits without losing a try.
struct SickProviderTests {
    @Test func newTrafficGoesAroundAProviderThatIsOut() async throws {
        let first = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let second = ScriptedProvider("b", answer: ScriptedProvider.accept)
        let bench = try await ShardBench(700, through: [first, second])
        bench.gates[0].takeOut(true)
        #expect(try await bench.work() == [.done])
        #expect(first.calls.isEmpty)
        // Nothing was tried before: it is the first attempt.
        #expect(second.calls == (0..<700).map { .init(index: $0, attempt: 1) })
        #expect(await bench.allEnded(as: .sent))
        #expect(await bench.rows.allSatisfy { $0.provider == 2 })
    }

    @Test func whereAllAreOutTheShardWaitsAndNobodyFails() async throws {
        let first = ScriptedProvider("a", answer: ScriptedProvider.accept)
        let bench = try await ShardBench(100, through: [first])
        bench.gates[0].takeOut(true)
        #expect(try await bench.work() == [.givenBack])
        #expect(first.calls.isEmpty)
        #expect(await bench.rows.isEmpty)
        bench.gates[0].takeOut(false)
        bench.clock.pass(.seconds(6))
        #expect(try await bench.work() == [.done])
        #expect(first.calls.allSatisfy { $0.attempt == 1 })
        #expect(await bench.allEnded(as: .sent))
    }

    /// Its breaker opens in the middle of a batch: what has not left goes to the next provider now.
    @Test func whatHasNotLeftWhenAProviderFallsSickGoesToTheNext() async throws {
        let gate = Mutex<ProviderGate?>(nil)
        let sent = Mutex(0)
        let first = ScriptedProvider("a") { call in
            let count = sent.withLock { count in
                count += 1
                return count
            }
            if count == 40 { gate.withLock { $0 }?.takeOut(true) }
            return ScriptedProvider.accept(call)
        }
        let second = ScriptedProvider("b", answer: ScriptedProvider.accept)
        let bench = try await ShardBench(100, through: [first, second])
        gate.withLock { $0 = bench.gates[0] }
        #expect(try await bench.work() == [.done])
        #expect(first.calls.count == 40 && second.calls.count == 60)
        #expect(second.calls.allSatisfy { $0.attempt == 1 })
        #expect(await bench.allEnded(as: .sent))
        #expect(await bench.rows.count == 100)
    }

    @Test func withNoOtherProviderWhatHasNotLeftWaitsAndLosesNoTry() async throws {
        let gate = Mutex<ProviderGate?>(nil)
        let first = ScriptedProvider("a") { call in
            if call.index == 40 { gate.withLock { $0 }?.takeOut(true) }
            return ScriptedProvider.accept(call)
        }
        let bench = try await ShardBench(100, through: [first])
        gate.withLock { $0 = bench.gates[0] }
        try await bench.work()
        #expect(first.calls.count == 41)
        // For a long time: more often than there are tries.
        for _ in 0..<20 {
            bench.clock.pass(.seconds(10))
            try await bench.work()
        }
        #expect(first.calls.count == 41)
        bench.gates[0].takeOut(false)
        bench.clock.pass(.seconds(10))
        try await bench.work()
        #expect(first.calls.count == 100 && first.calls.allSatisfy { $0.attempt == 1 })
        #expect(await bench.allEnded(as: .sent))
    }

    @Test func aProviderThatFailsEverythingIsLeftAloneForTheNext() async throws {
        let first = ScriptedProvider("a") { _ in .temporary(reason: "answered 503") }
        let second = ScriptedProvider("b", answer: ScriptedProvider.accept)
        let bench = try await ShardBench(2000, limits: LimitSettings(), through: [first, second])
        try await bench.workToTheEnd()
        #expect(await bench.allEnded(as: .sent))
        // Without a breaker it would have been asked six times for each.
        #expect(first.calls.count < 200)
        #expect(second.calls.count == 2000)
    }

    @Test func aLimitHoldsTheMessagesBackAndNoneIsLost() async throws {
        let provider = ScriptedProvider("a", answer: ScriptedProvider.accept)
        var limits = LimitSettings()
        limits.account = .init(perSecond: 100)
        let bench = try await ShardBench(100, limits: limits, through: [provider])
        // Not settled yet: nothing may be sent.
        #expect(try await bench.work() == [.givenBack])
        #expect(provider.calls.isEmpty)
        let start = ContinuousClock.now
        while provider.calls.count < 100 {
            let gate = bench.gates[0]
            gate.accept(SoleLedger().settle(gate.demand()), asked: .now)
            bench.clock.pass(.seconds(1))
            try await bench.work()
            // Real time decides how much it is.
            #expect(Double(provider.calls.count) <= 100 * start.duration(to: .now).seconds + 26)
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(await bench.allEnded(as: .sent))
        #expect(provider.calls.count == 100)
    }
}
