import Domain
import Testing

@testable import Senders

/// Which of several rules decides.
struct RoutePrecedenceTests {
    private func prefixes(_ texts: String...) -> [NumberPrefix] { texts.compactMap { NumberPrefix($0) } }

    @Test func withoutARuleThereIsNoRoute() {
        #expect(RuleBench().scope().choose("+6512345678").refusal == .noRule)
        #expect(RuleBench().scope().isEmpty)
    }

    @Test func theLowestOrderDecidesWhateverElse() {
        var bench = RuleBench()
        bench.rule(1) { $0.prefixes = prefixes("65123456") }
        bench.rule(2) { $0.order = 99 }
        #expect(bench.scope().order("+6512345678") == [2])
    }

    @Test func theLongestPrefixDecidesWhateverWasAddedFirst() {
        for isReversed in [false, true] {
            var bench = RuleBench()
            let lists = [prefixes("65"), prefixes("44", "65123"), prefixes("6512")]
            for (place, list) in (isReversed ? lists.reversed() : lists).enumerated() {
                bench.rule(Int64(isReversed ? 3 - place : place + 1)) { $0.prefixes = list }
            }
            bench.rule(4)
            let scope = bench.scope()
            #expect(scope.order("+6512345678") == [2])
            #expect(scope.order("+6512945678") == [3])
            #expect(scope.order("+6591234567") == [1])
            #expect(scope.order("+4912345678") == [4])
            #expect(scope.order("+44123") == [2])
            // The prefix itself is no number behind it, and still begins so.
            #expect(scope.order("+65123") == [2])
            #expect(scope.order("65123") == [4])
        }
    }

    @Test func aSourceWithALowerOrderBeatsThePrefix() {
        var bench = RuleBench()
        bench.rule(1) { $0.prefixes = prefixes("65123") }
        bench.rule(2) {
            $0.sources = [7]
            $0.order = 50
        }
        #expect(bench.scope(source: 7).order("+6512345678") == [2])
        #expect(bench.scope(source: 8).order("+6512345678") == [1])
        #expect(bench.scope(source: nil).order("+6512345678") == [1])
    }

    @Test func aTenantsOwnRuleHidesTheSharedOne() {
        var bench = RuleBench()
        bench.rule(1) { $0.categories = [.otp] }
        bench.rule(2) { $0.tenant = 1 }
        #expect(bench.scope(tenant: 1).order("+6512345678") == [2])
        #expect(bench.scope(tenant: 2).order("+6512345678") == [1])
    }

    @Test func aLongerPrefixGoesBeforeATenantsOwn() {
        var bench = RuleBench()
        bench.rule(1) { $0.tenant = 1 }
        bench.rule(2) { $0.prefixes = prefixes("65") }
        #expect(bench.scope(tenant: 1).order("+6512345678") == [2])
        #expect(bench.scope(tenant: 1).order("+4412345678") == [1])
    }

    @Test func moreConditionsThenAgeDecideBetweenEquals() {
        var bench = RuleBench()
        bench.rule(1)
        bench.rule(2) { $0.categories = [.otp] }
        bench.rule(3) {
            $0.categories = [.otp, .alert]
            $0.channel = .sms
        }
        bench.rule(4) {
            $0.priorities = [.normal]
            $0.channel = .sms
        }
        #expect(bench.scope().order("+6512345678") == [3])
        #expect(bench.scope(category: .marketing).order("+6512345678") == [4])
        #expect(bench.scope(channel: .voice, category: .marketing).order("+6512345678") == [1])
    }

    @Test func countriesHoldWithAndWithoutPrefixes() {
        var bench = RuleBench()
        bench.rule(1) { $0.countries = [Region("SG"), Region("MY")].compactMap { $0 } }
        bench.rule(2)
        bench.rule(3) {
            $0.countries = [Region("CA")].compactMap { $0 }
            $0.prefixes = prefixes("1")
        }
        bench.rule(4) {
            $0.countries = [Region("001")].compactMap { $0 }
            $0.order = 1
        }
        let scope = bench.scope()
        #expect(scope.order("+6512345678", "SG") == [1])
        #expect(scope.order("+4412345678", "GB") == [2])
        #expect(scope.order("+14165550100", "CA") == [3])
        #expect(scope.order("+12125550100", "US") == [2])
        #expect(scope.order("+88312345678", "001") == [4])
        #expect(scope.order("+88312345678", "") == [2])
    }

    @Test func aDomainStandsForThoseBelowItAndTheLongerDecides() {
        var bench = RuleBench()
        bench.rule(1)
        bench.rule(2) { $0.domains = ["example.com"] }
        bench.rule(3) { $0.domains = ["mail.example.com", "x.org"] }
        let scope = bench.scope(channel: .email)
        #expect(scope.order("a@example.com") == [2])
        #expect(scope.order("a@Example.COM") == [2])
        #expect(scope.order("a@www.example.com") == [2])
        #expect(scope.order("a@mail.example.com") == [3])
        #expect(scope.order("a@very.mail.example.com") == [3])
        #expect(scope.order("a@badexample.com") == [1])
        #expect(scope.order("x.org@com") == [1])
        #expect(scope.order("\"a@x.org\"@y.org") == [1])
        #expect(scope.order("x.org") == [1])
        #expect(scope.order("") == [1])
        // Numbers have no domain, and addresses no digits to compare.
        #expect(bench.scope().order("+6512345678") == [1])
    }

    @Test func aRuleThatIsOffOrLostItsPrefixesHoldsForNobody() {
        var bench = RuleBench()
        bench.rule(1) { $0.isEnabled = false }
        bench.rule(2) { $0.prefixes = [] }
        bench.rule(3) {
            $0.prefixes = prefixes("65")
            $0.domains = ["example.com"]
        }
        #expect(bench.scope().choose("+6512345678").refusal == .noRule)
        #expect(bench.scope(channel: .email).choose("a@example.com").refusal == .noRule)
    }
}
