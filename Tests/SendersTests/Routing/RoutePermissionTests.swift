import Domain
import Testing

@testable import Senders

/// Nobody sends through another tenant's account, and a rule that can't send says so.
struct RoutePermissionTests {
    @Test func noPlanHoldsAnotherTenantsAccount() {
        var bench = RuleBench()
        bench.providers = [
            RuleBench.provider(1, owner: 1), RuleBench.provider(2, owner: 1, grants: [2]),
            RuleBench.provider(3, grants: [3]), RuleBench.provider(4),
        ]
        bench.rule(1, 2, 3, 4)
        #expect(bench.scope(tenant: 1).order("+651") == [1, 2, 4])
        #expect(bench.scope(tenant: 2).order("+651") == [2, 4])
        #expect(bench.scope(tenant: 3).order("+651") == [3, 4])
        #expect(bench.scope(tenant: 4).order("+651") == [4])
        #expect(bench.scope(tenant: 2).reachable == [2, 4])
        for choice in TargetChoice.allCases {
            bench.rules[0].choice = choice
            for message in 0..<50 as Range<Int64> {
                #expect(Set(bench.scope(tenant: 4).order("+651", message: message)) == [4])
            }
        }
    }

    @Test func aRuleThatCannotSendDoesNotYieldToAnother() {
        var bench = RuleBench()
        bench.providers[0] = RuleBench.provider(1, owner: 9)
        bench.providers[1] = RuleBench.provider(2, state: .takenOut)
        bench.providers[2] = RuleBench.provider(3, state: .unusable)
        for (providers, refusal) in [
            ([1], .notPermitted), ([2], .takenOut), ([3], .unusable), ([77], .removed), ([77, 1], .notPermitted),
            ([1, 2], .takenOut), ([1, 3], .unusable),
        ] as [([Int64], RouteRefusal)] {
            bench.rules = [RouteRule(id: 5, targets: providers.map { RouteRule.Target(provider: $0) })]
            bench.rule(4) { $0.order = 200 }
            let choice = bench.scope().choose("+651")
            #expect(choice.refusal == refusal && choice.rule == 5 && choice.plan.isEmpty, "\(providers)")
        }
    }

    @Test func anAccountThatIsNotPermittedDoesNotTellHowItFares() {
        let provider = RuleBench.provider(1, owner: 9, state: .takenOut)
        #expect(provider.refusal(for: 1) == .notPermitted)
        #expect(provider.refusal(for: 9) == .takenOut)
    }

    @Test func whoIsOutIsLeftOutOfThePlan() {
        var bench = RuleBench()
        bench.providers[1] = RuleBench.provider(2, state: .takenOut)
        bench.rule(1, 2, 77, 3)
        #expect(bench.scope().order("+651") == [1, 3])
    }
}
