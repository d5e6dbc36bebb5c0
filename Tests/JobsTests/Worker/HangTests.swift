import Domain
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import Jobs
@testable import Senders

/// A first provider that begins to hang: new traffic flows through the second all the same, however many windows wait
/// for the first. How soon is tested with clocks that are moved by hand: `SilenceTests`.
@Suite(.database) struct HangTests {
    @Test(arguments: [0, 700])
    func newTrafficFlowsThroughTheSecondWhileTheFirstHangs(answersBefore: Int) async throws {
        let bench = try await WorkerBench()
        let first = HangingProvider(answers: answersBefore)
        let second = ScriptedProvider("b", answer: ScriptedProvider.accept)
        // More shards than slots: each slot has a window that hangs.
        var campaigns: [Int64] = []
        for number in 0..<4 {
            campaigns.append(
                try await bench.send(1000, numbers: { WorkerBench.number(number * 1000 + $0) }))
        }
        // Whatever is found below: a window that hangs keeps its worker.
        let patience = Task {
            do { try await Task.sleep(for: Patience.duration) } catch { return }
            first.giveUp()
        }
        defer { patience.cancel() }
        try await bench.with(try bench.worker(first, second, slots: 2, window: 100, limits: LimitSettings())) {
            try await bench.eventually { second.calls.count > 1000 }
            // A window's worth for each slot at most, and a few that probed, more rarely each time.
            #expect(first.hung <= 200 + 10 * CircuitBreaker.probes)
            first.giveUp()
            for campaign in campaigns { try await bench.finish(campaign) }
        }
        var states: [MessageState: Int] = [:]
        for campaign in campaigns { states.merge(try await bench.states(of: campaign)) { $0 + $1 } }
        // At most once: what hung is in doubt and was given to nobody else. (None hung where the machine was so slow that
        // the first was thought to hang before it did.)
        #expect(states == [.sent: 4000 - first.hung, .unknown: first.hung].filter { $0.value > 0 })
        #expect(try await bench.ledger.verify().isSound)
    }
}
