import Domain
import Senders
import Storage
import Synchronization
import Testing

@testable import Jobs

/// A shard whose recipients go different ways.
@Suite struct RoutedShardTests {
    private static func rule(_ providers: Int64..., prefix: String? = nil, channel: Channel = .sms) -> RouteRule {
        var rule = RouteRule(channel: channel, targets: providers.map { RouteRule.Target(provider: $0) })
        rule.prefixes = prefix.flatMap { NumberPrefix($0) }.map { [$0] }
        return rule
    }

    /// Recipient 0 to 9 of a bench have the numbers +6591000000 to +6591000009.
    @Test func eachNumberGoesThroughItsProvider() async throws {
        let (a, b) = (
            ScriptedProvider("a", answer: ScriptedProvider.accept),
            ScriptedProvider("b", answer: ScriptedProvider.accept)
        )
        let bench = try await ShardBench(
            10, rules: [Self.rule(1, prefix: "65"), Self.rule(2, prefix: "6591000003")], through: [a, b])
        try await bench.work()
        #expect(a.indexes.sorted() == [0, 1, 2, 4, 5, 6, 7, 8, 9])
        #expect(b.indexes == [3])
        #expect(await bench.allEnded(as: .sent))
        let providers = await bench.rows.map { ($0.index, $0.provider) }
        #expect(providers.allSatisfy { $1 == ($0 == 3 ? 2 : 1) })
    }

    @Test func aSlowProviderHoldsUpOnlyItsOwn() async throws {
        let (a, b) = (
            ScriptedProvider("a", answer: ScriptedProvider.accept),
            ScriptedProvider("b", answer: ScriptedProvider.accept)
        )
        let bench = try await ShardBench(
            10, rules: [Self.rule(1, prefix: "65"), Self.rule(2, prefix: "6591000003")], through: [a, b])
        bench.gates[1].takeOut(true)
        try await bench.work()
        #expect(a.indexes.count == 9 && b.indexes.isEmpty)
        // It waits as a shard of its own until its provider is back.
        bench.gates[1].takeOut(false)
        try await bench.workToTheEnd()
        #expect(b.indexes == [3])
        #expect(await bench.allEnded(as: .sent))
    }

    @Test func anAlternateChannelFollowsAFailure() async throws {
        let sms = ScriptedProvider("sms") { call in
            call.index == 2 ? .permanent(reason: "invalid_recipient") : .sent(reference: "s", cost: nil)
        }
        let voice = ScriptedProvider("voice", answer: ScriptedProvider.accept)
        var first = Self.rule(1)
        first.alternates = [.voice]
        let bench = try await ShardBench(
            4, category: .otp, rules: [first, Self.rule(2, channel: .voice)], through: [sms, voice])
        try await bench.work()
        #expect(voice.calls == [ScriptedProvider.Call(index: 2, attempt: 2)])
        #expect(await bench.allEnded(as: .sent))
    }

    /// Were it counted as the campaign's channel, finance would pay voice calls at the price of SMS segments.
    @Test func whatWentByAnAlternateChannelIsBookedAndPricedAsThat() async throws {
        let sms = ScriptedProvider("sms") { call in
            call.index == 2 ? .permanent(reason: "invalid_recipient") : .sent(reference: "s", cost: nil)
        }
        let voice = ScriptedProvider("voice", answer: ScriptedProvider.accept)
        var first = Self.rule(1)
        first.alternates = [.voice]
        let bench = try await ShardBench(
            4, category: .otp, rules: [first, Self.rule(2, channel: .voice)], prices: [10_000, 70_000],
            through: [sms, voice])
        try await bench.work()
        let rows = await bench.rows.sorted { $0.index < $1.index }
        #expect(rows.map(\.channel) == [.sms, .sms, .voice, .sms])
        #expect(rows.map(\.segments) == [2, 2, 1, 2])
        #expect(rows.map(\.cost) == [20_000, 20_000, 70_000, 20_000])
        let deltas = await bench.queue.stored.flatMap(\.deltas)
        #expect(Set(deltas.map(\.key.channel)) == [.sms, .voice])
        #expect(deltas.filter { $0.key.channel == .voice }.map(\.cost) == [70_000])
    }

    @Test func withoutAnAlternateChannelAFailureIsTheEnd() async throws {
        let sms = ScriptedProvider("sms") { _ in .permanent(reason: "invalid_recipient") }
        let bench = try await ShardBench(2, category: .otp, rules: [Self.rule(1)], through: [sms])
        try await bench.work()
        #expect(await bench.allEnded(as: .failed))
    }

    /// The first provider fails for a while; meanwhile somebody puts another one in front.
    @Test func whoWaitsGoesOnWhereItStoodAlthoughTheRouteChanged() {
        let retry = RetryPolicy.bulk
        func step(_ id: Int64) -> MessagePath.Step {
            MessagePath.Step(
                provider: ProviderStep(
                    id: id, provider: ScriptedProvider("p", answer: ScriptedProvider.accept), prices: .init(),
                    gate: ProviderGate(provider: id)), channel: .sms, sender: "")
        }
        let path = MessagePath([step(9), step(4), step(5)], retry: retry)
        let position = RoutePosition(step: 0, tries: 3, throttles: 2, attempt: 3)
        #expect(path.resumed(RetryItem(index: 1, position: position, provider: 4)).step == 1)
        #expect(path.resumed(RetryItem(index: 1, position: position, provider: 4)).tries == 3)
        let gone = path.resumed(RetryItem(index: 1, position: position, provider: 77))
        #expect(gone.step == 0 && gone.tries == 1 && gone.attempt == 3)
    }
}
