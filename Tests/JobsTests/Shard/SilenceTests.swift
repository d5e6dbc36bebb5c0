import Domain
import Senders
import Storage
import TestSupport
import Testing

@testable import Jobs

/// A further channel that follows where no receipt says that the first one reached the person.
@Suite struct SilenceTests {
    private let sms = ScriptedProvider("sms") { .sent(reference: "s\($0.index)", cost: nil) }
    private let voice = ScriptedProvider("voice") { .sent(reference: "v\($0.index)", cost: nil) }

    private static func message(_ index: Int) -> MessageID { MessageID(shard: ShardBench.shard, index: index) }

    private func bench(
        _ count: Int, category: Domain.Category = .otp, lifetime: Duration = .seconds(3600)
    ) async throws -> ShardBench {
        var first = RouteRule(channel: .sms, targets: [RouteRule.Target(provider: 1)])
        first.alternates = [.voice]
        first.wait = .seconds(600)
        let second = RouteRule(channel: .voice, targets: [RouteRule.Target(provider: 2)])
        return try await ShardBench(
            count, category: category, lifetime: lifetime, rules: [first, second], prices: [10_000, 70_000],
            through: [sms, voice])
    }

    @Test func theNextChannelFollowsOnceTheWaitIsOverAndOnlyOnce() async throws {
        let bench = try await bench(3)
        try await bench.work()
        #expect(await bench.allEnded(as: .sent))
        bench.clock.pass(.seconds(599))
        try await bench.work()
        #expect(voice.calls.isEmpty)
        bench.clock.pass(.seconds(1))
        try await bench.work()
        #expect(voice.calls.map(\.index) == [0, 1, 2] && voice.calls.allSatisfy { $0.attempt == 2 })
        try await bench.workToTheEnd()
        #expect(sms.calls.count == 3 && voice.calls.count == 3)
        // Both are in the books, each with its channel and price; the message ended once.
        #expect(await bench.allEnded(as: .sent))
        let rows = await bench.rows.filter { $0.index == 1 }
        #expect(rows.map(\.channel) == [.sms, .voice] && rows.map(\.final) == [true, false])
        #expect(rows.map(\.cost) == [20_000, 70_000] && rows.map(\.state) == [.sent, .sent])
    }

    @Test(arguments: [MessageState.delivered, .complained]) func nobodyIsCalledWhoHasGotIt(state: MessageState)
        async throws
    {
        let bench = try await bench(3)
        try await bench.work()
        await bench.queue.hear(.sent, of: Self.message(1))
        await bench.queue.hear(state, of: Self.message(1))
        await bench.queue.hear(.undelivered, of: Self.message(2))
        try await bench.workToTheEnd()
        #expect(voice.calls.map(\.index) == [0, 2])
        #expect(await bench.rows.filter { $0.index == 1 }.count == 1)
    }

    /// At most once: silence is no proof that the first message did not arrive.
    @Test func marketingFollowsOnlyWhereTheFirstIsKnownNotToHaveArrived() async throws {
        let bench = try await bench(4, category: .marketing)
        try await bench.work()
        await bench.queue.hear(.sent, of: Self.message(0))
        for (index, state) in [(1, MessageState.failed), (2, .undelivered), (3, .bounced)] {
            await bench.queue.hear(state, of: Self.message(index))
        }
        try await bench.workToTheEnd()
        #expect(voice.calls.map(\.index) == [1, 2, 3])
    }

    @Test func nothingFollowsAfterTheMessagesOwnEnd() async throws {
        let bench = try await bench(3, lifetime: .seconds(600))
        try await bench.work()
        // Nothing waits: the campaign is at its end.
        #expect(await bench.queue.stored.allSatisfy { $0.retries.isEmpty })
        try await bench.workToTheEnd()
        #expect(voice.calls.isEmpty)
        #expect(await bench.allEnded(as: .sent))
    }

    /// Its time ran out while the work waited for a worker.
    @Test func oneThatComesTooLateLeavesTheMessageAsItIs() async throws {
        let bench = try await bench(3, lifetime: .seconds(700))
        try await bench.work()
        bench.clock.pass(.seconds(701))
        try await bench.work()
        #expect(voice.calls.isEmpty)
        #expect(await bench.allEnded(as: .sent))
        #expect(await bench.rows.count == 3)
    }

    @Test func aCancelledCampaignCallsNobodyAndKeepsWhatWasSent() async throws {
        let bench = try await bench(3)
        try await bench.work()
        await bench.queue.set(campaign: ShardBench.campaign, to: .cancelling)
        try await bench.work()
        #expect(voice.calls.isEmpty)
        #expect(await bench.allEnded(as: .sent))
        #expect(await bench.rows.count == 3)
    }

    /// A delivery that was told in time, but is not in the books yet, must count.
    @Test func receiptsThatAreInAreAppliedFirst() async throws {
        let bench = try await bench(2)
        try await bench.work()
        await bench.queue.fallBehind(true)
        bench.clock.pass(.seconds(600))
        try await bench.work()
        #expect(voice.calls.isEmpty)
        await bench.queue.hear(.delivered, of: Self.message(0))
        await bench.queue.fallBehind(false)
        bench.clock.pass(.seconds(1))
        try await bench.work()
        #expect(voice.calls.map(\.index) == [1])
    }

    /// They may come without an end: an alternate is not put off for ever.
    @Test func aFloodOfReceiptsPutsNobodyOffForEver() async throws {
        let bench = try await bench(1)
        try await bench.work()
        await bench.queue.fallBehind(true)
        bench.clock.pass(.seconds(600))
        for _ in 0..<10 {
            try await bench.work()
            bench.clock.pass(.seconds(1))
        }
        #expect(voice.calls.map(\.index) == [0])
    }

    @Test func anAlternateThatFailsLeavesTheMessageSent() async throws {
        var first = RouteRule(channel: .sms, targets: [RouteRule.Target(provider: 1)])
        first.alternates = [.voice]
        let refusing = ScriptedProvider("voice") { _ in .permanent(reason: "invalid_recipient") }
        let bench = try await ShardBench(
            2, category: .otp,
            rules: [first, RouteRule(channel: .voice, targets: [RouteRule.Target(provider: 2)])],
            through: [sms, refusing])
        try await bench.workToTheEnd()
        #expect(refusing.calls.count == 2)
        #expect(await bench.allEnded(as: .sent))
        let failures = await bench.rows.filter { $0.state == .failed }
        #expect(failures.count == 2 && failures.allSatisfy { !$0.final && $0.channel == .voice })
    }

    /// One provider for both: where a message stands is its channel too.
    @Test func whoWaitsForAChannelGoesOnThereAlthoughTheWayChanged() {
        func step(_ id: Int64, _ channel: Channel) -> MessagePath.Step {
            MessagePath.Step(
                provider: ProviderStep(
                    id: id, provider: ScriptedProvider("p", answer: ScriptedProvider.accept), prices: .init(),
                    gate: ProviderGate(provider: id)), channel: channel, sender: "")
        }
        let item = RetryItem(
            index: 1, position: RoutePosition(step: 1, attempt: 2), provider: 4, channel: .voice, isAfterSilence: true)
        let longer = MessagePath([step(4, .sms), step(5, .sms), step(4, .voice)], retry: .bulk)
        #expect(longer.resumed(item).position.step == 2)
        let other = MessagePath([step(4, .sms), step(6, .voice)], retry: .bulk)
        #expect(other.resumed(item).position.step == 1)
        // Nobody calls any more: it does not go out by SMS a second time.
        let none = MessagePath([step(4, .sms), step(5, .sms)], retry: .bulk)
        #expect(none.resumed(item).position.step == 2)
    }
}
