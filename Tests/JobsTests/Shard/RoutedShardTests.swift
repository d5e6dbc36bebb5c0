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

    /// Each falls sick over its answer, so that the one that is left stands first. Yet each has its turn once.
    @Test func whoeverIsDoubtedDoesNotWanderToAndFroBetweenSickProviders() async throws {
        let gates = Mutex<[ProviderGate]>([])
        @Sendable func isOut(_ place: Int, _ isOut: Bool) { gates.withLock { $0[place].takeOut(isOut) } }
        let a = ScriptedProvider("a") { _ in
            isOut(0, true)
            return .inDoubt(reason: "time_out")
        }
        let b = ScriptedProvider("b") { _ in
            isOut(0, false)
            return .inDoubt(reason: "time_out")
        }
        let bench = try await ShardBench(1, category: .transactional, rules: [Self.rule(1, 2)], through: [a, b])
        gates.withLock { $0 = bench.gates }
        try await bench.workToTheEnd()
        #expect(a.calls.count == 1)
        #expect(b.calls.count == RetryPolicy.bulk.maxAttempts)
        #expect(await bench.allEnded(as: .unknown))
    }

    /// Messages that wait, and what stands in the way that they go on.
    private struct Standing {
        let providers: [Int64]
        let step: Int
    }

    private static func standing(_ item: RetryItem, on way: [Int64], channels: [Channel]? = nil) -> Standing {
        let steps = zip(way, channels ?? way.map { _ in .sms }).map { id, channel in
            MessagePath.Step(
                provider: ProviderStep(
                    id: id, provider: ScriptedProvider("p", answer: ScriptedProvider.accept), prices: .init(),
                    gate: ProviderGate(provider: id)), channel: channel, sender: "")
        }
        let path = MessagePath(steps, retry: .bulk)
        let (position, order) = path.resumed(item)
        return Standing(providers: order.map { $0.map { way[$0] } } ?? way, step: position.step)
    }

    private static func item(step: Int, provider: Int64) -> RetryItem {
        RetryItem(index: 1, position: RoutePosition(step: step, tries: 3, throttles: 2, attempt: 3), provider: provider)
    }

    /// The order may have changed, because somebody changed the route or because a provider is sick.
    @Test(
        arguments: [
            (way: [4, 9, 5], step: 0, provider: 4, goesOn: [4, 9, 5]),
            (way: [9, 4, 5], step: 0, provider: 4, goesOn: [4, 9, 5]),
            (way: [4, 9, 5], step: 1, provider: 4, goesOn: [9, 4, 5]),
            (way: [5, 9, 4], step: 1, provider: 5, goesOn: [9, 5, 4]),
            (way: [9, 4], step: 7, provider: 9, goesOn: [4, 9]),
        ] as [(way: [Int64], step: Int, provider: Int64, goesOn: [Int64])])
    func whoWaitsGoesOnWhereItStood(way: [Int64], step: Int, provider: Int64, goesOn: [Int64]) {
        let standing = Self.standing(Self.item(step: step, provider: provider), on: way)
        #expect(standing.providers == goesOn)
        #expect(standing.step == min(step, way.count - 1))
        #expect(standing.providers[standing.step] == provider)
    }

    @Test func whoWaitsStaysOnItsChannel() {
        // Provider 4 serves both: it is waited for as the second one of text messages.
        let standing = Self.standing(
            Self.item(step: 1, provider: 4), on: [4, 9, 4, 5], channels: [.sms, .sms, .voice, .voice])
        #expect(standing.providers == [9, 4, 4, 5] && standing.step == 1)
    }

    @Test func whoseProviderIsGoneBeginsAtTheOneInItsPlace() {
        let path = MessagePath(
            [1, 2].map { id in
                MessagePath.Step(
                    provider: ProviderStep(
                        id: id, provider: ScriptedProvider("p", answer: ScriptedProvider.accept), prices: .init(),
                        gate: ProviderGate(provider: id)), channel: .sms, sender: "")
            }, retry: .bulk)
        let (gone, order) = path.resumed(Self.item(step: 0, provider: 77))
        #expect(gone.step == 0 && gone.tries == 1 && gone.throttles == 0 && gone.attempt == 3 && order == nil)
    }
}
