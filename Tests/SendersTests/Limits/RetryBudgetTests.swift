import Testing

@testable import Senders

struct RetryBudgetTests {
    /// A provider that fails a third of its calls.
    private func sick(traffic: Int) -> GateBench {
        var bench = GateBench()
        #expect(bench.granted(traffic) == traffic)
        bench.calls(.healthy, 20, taking: .milliseconds(1))
        bench.calls(.failed, 10, taking: .milliseconds(1))
        return bench
    }

    @Test func aHealthyProviderIsTriedAgainAsOftenAsNeeded() {
        let bench = GateBench()
        #expect(bench.granted(1000, retries: true) == 1000)
    }

    @Test func aSickOneGetsATenthOfItsTrafficAsRepeats() {
        var bench = sick(traffic: 1000)
        #expect(bench.granted(500, retries: true) == 100)
        // What was tried again is traffic too.
        #expect(bench.granted(500, retries: true) == 10)
        #expect(bench.granted(500, retries: true) == 1)
        #expect(bench.ask(500, retries: true) == .park(.seconds(1)))
        // What is sent for the first time is not held back.
        #expect(bench.granted(500) == 500)
        #expect(bench.granted(500, retries: true) == 50)
        // Ten seconds later the floor is what is left.
        bench.pass(.seconds(9))
        bench.calls(.failed, 5, taking: .milliseconds(1))
        bench.calls(.healthy, 10, taking: .milliseconds(1))
        bench.pass(.seconds(2))
        #expect(bench.granted(500, retries: true) == 5)
        #expect(bench.granted(500, retries: true) == 0)
    }

    @Test func oneThatIsOutTakesNoRepeatsBeforeItsNextProbe() {
        var bench = GateBench()
        bench.calls(.failed, 10)
        guard case .out(let until) = bench.ask(100, retries: true) else {
            Issue.record("it is not out")
            return
        }
        bench.pass(bench.now.duration(to: until))
        #expect(bench.granted(100, retries: true) == 5)
    }
}
