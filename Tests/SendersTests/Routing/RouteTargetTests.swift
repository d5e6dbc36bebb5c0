import Domain
import Testing

@testable import Senders

/// In which order a rule's providers are tried.
struct RouteTargetTests {
    private typealias Standing = ProviderStandings.Entry

    private func weighted(_ weights: Int32...) -> RuleBench {
        var bench = RuleBench()
        bench.rules = [
            RouteRule(
                id: 1,
                targets: weights.enumerated().map {
                    RouteRule.Target(provider: Int64($0.offset + 1), weight: $0.element)
                })
        ]
        bench.rules[0].choice = .weight
        return bench
    }

    /// How often each provider is the first of so many messages.
    private func firsts(
        _ bench: RuleBench, of count: Int64 = 20_000, standings: ProviderStandings = .unknown
    ) -> [Int64: Int] {
        let scope = bench.scope()
        return Dictionary(
            grouping: (0..<count).map { scope.order("+651", message: $0 << 11 | $0 % 7, standings: standings)[0] },
            by: { $0 }
        ).mapValues(\.count)
    }

    @Test func weightsSpreadMessagesInProportion() {
        let counts = firsts(weighted(80, 15, 5, 0))
        // Five standard deviations.
        #expect(abs((counts[1] ?? 0) - 16_000) < 283)
        #expect(abs((counts[2] ?? 0) - 3_000) < 253)
        #expect(abs((counts[3] ?? 0) - 1_000) < 155)
        #expect(counts[4] == nil)
    }

    @Test func theSameMessageGoesTheSameWayAndFallbackFollowsTheWeights() {
        let scope = weighted(10, 60, 30).scope()
        for message in 0..<200 as Range<Int64> {
            let order = scope.order("+651", message: message)
            #expect(order == scope.order("+4917", message: message))
            #expect([[2, 3, 1], [3, 2, 1], [1, 2, 3]].contains(order))
        }
    }

    @Test func weightsOfNothingAreAPlainOrder() {
        #expect(firsts(weighted(0, 0), of: 100) == [1: 100])
    }

    @Test func whoIsNotAvailableComesLastAndItsMessagesSpread() {
        let bench = weighted(60, 20, 20)
        let standings = ProviderStandings([Standing(provider: 1, isAvailable: false)])
        let counts = firsts(bench, standings: standings)
        #expect(counts[1] == nil)
        #expect(abs((counts[2] ?? 0) - 10_000) < 354)
        let scope = bench.scope()
        for message in 0..<500 as Range<Int64> {
            let (before, after) = (
                scope.order("+651", message: message), scope.order("+651", message: message, standings: standings)
            )
            #expect(after.last == 1)
            // Only the sick one's messages move.
            if before[0] != 1 { #expect(after[0] == before[0]) }
        }
    }

    @Test(arguments: [TargetChoice.order, .weight, .cheapest, .healthiest])
    func aReturningProviderIsFirstForItsShareOnly(choice: TargetChoice) {
        var bench = weighted(1, 0, 0)
        bench.rules[0].choice = choice
        bench.providers[0] = RuleBench.provider(1, prices: ["": 1])
        let standings = ProviderStandings([Standing(provider: 1, score: 1000, share: 30)])
        let counts = firsts(bench, standings: standings)
        #expect(abs((counts[1] ?? 0) - 6_000) < 325)
        #expect((counts[1] ?? 0) + (counts[2] ?? 0) == 20_000)
        #expect(bench.scope().order("+651", message: 3, standings: standings).count == 3)
    }

    @Test func oneThatIsAloneIsFirstWhateverItsShare() {
        var bench = RuleBench()
        bench.rule(1)
        bench.rule(1, 2) { $0.prefixes = NumberPrefix("65").map { [$0] } }
        let standings = ProviderStandings([
            Standing(provider: 1, share: 0), Standing(provider: 2, isAvailable: false, score: 0, share: 0),
        ])
        #expect(bench.scope().order("+44123", standings: standings) == [1])
        #expect(bench.scope().order("+65123", standings: standings) == [1, 2])
        let out = ProviderStandings([1, 2].map { Standing(provider: $0, isAvailable: false) })
        #expect(bench.scope().order("+65123", standings: out) == [1, 2])
    }

    @Test func theCheapestForTheNumberIsFirst() {
        var bench = RuleBench()
        bench.providers = [
            RuleBench.provider(1, prices: ["": 50, "65": 40, "6512": 10]),
            RuleBench.provider(2, prices: ["": 60, "65": 30]), RuleBench.provider(3),
            RuleBench.provider(4, prices: ["44": 1]),
        ]
        bench.rule(3, 1, 2, 4) { $0.choice = .cheapest }
        let scope = bench.scope()
        #expect(scope.order("+6591234567") == [2, 1, 3, 4])
        #expect(scope.order("+6512345678") == [1, 2, 3, 4])
        #expect(scope.order("+4912345678") == [1, 2, 3, 4])
        #expect(scope.order("+4412345678") == [4, 1, 2, 3])
        let standings = ProviderStandings([Standing(provider: 1, isAvailable: false)])
        #expect(scope.order("+6512345678", standings: standings) == [2, 3, 4, 1])
    }

    @Test func equalPricesAndOtherCurrenciesLeaveTheWrittenOrder() {
        var bench = RuleBench()
        bench.providers = [
            RuleBench.provider(1, prices: ["": 50]), RuleBench.provider(2, prices: ["": 50, "65": 1]),
            RuleBench.provider(3, prices: ["44": 1], currency: "EUR"),
        ]
        bench.rule(1, 2, 3) { $0.choice = .cheapest }
        #expect(bench.scope().order("+1212") == [1, 2, 3])
        #expect(bench.scope().order("+6512") == [2, 1, 3])
        #expect(bench.scope().order("+4412") == [1, 2, 3])
    }

    @Test func theHealthiestIsFirst() {
        var bench = RuleBench()
        bench.rule(1, 2, 3) { $0.choice = .healthiest }
        let standings = ProviderStandings([
            Standing(provider: 1, score: 700), Standing(provider: 2, score: 900),
            Standing(provider: 3, isAvailable: false, score: 1000),
        ])
        #expect(bench.scope().order("+651", standings: standings) == [2, 1, 3])
        #expect(bench.scope().order("+651") == [1, 2, 3])
    }

    @Test func sixteenProvidersKeepTheirOrder() {
        var bench = RuleBench(providers: 16)
        bench.rules = [RouteRule(id: 1, targets: (1...16).reversed().map { RouteRule.Target(provider: $0) })]
        #expect(bench.scope().order("+651") == (1...16).reversed())
        bench.rules[0].choice = .healthiest
        let standings = ProviderStandings((1...16).map { Standing(provider: $0, score: Int16($0 * 10)) })
        #expect(bench.scope().order("+651", standings: standings) == (1...16).reversed())
        let turned = ProviderStandings((1...16).map { Standing(provider: $0, score: Int16(200 - $0 * 10)) })
        #expect(bench.scope().order("+651", standings: turned) == Array(1...16))
    }

    @Test func messagesAreGroupedByPlan() {
        let scope = weighted(50, 50).scope()
        var plans = RoutePlanSet()
        let indexes = (0..<500).map { plans.index(of: scope.choose("+651", message: $0).plan) }
        #expect(Set(indexes) == [0, 1] && plans.plans.count == 2)
        #expect(scope.providers(of: plans.plans[indexes[7]]) == scope.order("+651", message: 7))
    }
}
