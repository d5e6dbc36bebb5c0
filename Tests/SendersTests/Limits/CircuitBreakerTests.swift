import Domain
import Testing

@testable import Senders

/// When a provider is out, and how it comes back.
struct CircuitBreakerTests {
    @Test(
        arguments: [
            // healthy, failed, timed out, throttled -> open?
            (5, 5, 0, 0, true), (6, 4, 0, 0, false), (0, 9, 0, 0, false), (0, 10, 0, 0, true),
            (7, 0, 3, 0, true), (8, 0, 2, 0, false), (70, 20, 9, 0, false), (5, 3, 2, 0, true),
            (1, 0, 0, 500, false), (0, 0, 0, 500, false), (0, 10, 0, 500, true),
        ])
    func theSharesOfTheLastTenSecondsDecide(
        healthy: Int, failed: Int, timedOut: Int, throttled: Int, isOpen: Bool
    ) {
        var bench = GateBench()
        let quick = Duration.milliseconds(1)
        bench.calls(.healthy, healthy, taking: quick)
        bench.calls(.throttled, throttled, taking: quick)
        bench.calls(.failed, failed, taking: quick)
        bench.calls(.timedOut, timedOut, taking: quick)
        #expect(bench.isOut == isOpen)
        #expect(bench.standing.available != isOpen)
    }

    @Test func whatIsOlderThanTenSecondsIsForgotten() {
        var bench = GateBench()
        bench.calls(.failed, 9)
        bench.pass(.seconds(11))
        bench.calls(.failed, 9)
        #expect(!bench.isOut)
        bench.calls(.failed, 1)
        #expect(bench.isOut)
    }

    @Test func aRefusalOfTheRecipientIsNoFaultOfTheProvider() {
        func call(_ kind: Outcome.Kind, _ status: Int32, places: Int = 1) -> CallEnd {
            CallEnd(
                ProviderCall(
                    places: 0..<places, startedAt: Timestamp(micros: 0), duration: .zero, status: status, kind: kind))
        }
        #expect(call(.permanent, 400) == .healthy)
        #expect(call(.permanent, 401) == .failed)
        #expect(call(.temporary, 503) == .failed)
        #expect(call(.notSent, 0) == .failed)
        #expect(call(.inDoubt, 0) == .timedOut)
        #expect(call(.inDoubt, 500) == .failed)
        #expect(call(.throttled, 429) == .throttled)
        #expect(call(.temporary, 200) == .failed)
        #expect(call(.temporary, 200, places: 100) == .healthy)
    }

    @Test func eachRelapseDoublesTheHoldUpToTheLongest() throws {
        var settings = LimitSettings()
        settings.breaker?.longestHold = .seconds(8)
        var bench = GateBench(settings)
        bench.calls(.failed, 10)
        for hold in [1.0, 2, 4, 8, 8, 8] {
            guard case .out(let until) = bench.ask(1) else {
                Issue.record("it is not out")
                return
            }
            let length = bench.now.duration(to: until).seconds
            #expect(length >= hold * 0.8 && length <= hold * 1.2)
            bench.pass(.seconds(length / 2))
            #expect(bench.isOut && bench.standing.share == 0)
            bench.pass(bench.now.duration(to: until))
            #expect(bench.standing.state == .probing)
            #expect(bench.granted(1) == 1)
            bench.calls(.failed, 1)
        }
    }

    @Test func onlyAFewMessagesAtATimeProbe() {
        var bench = GateBench()
        bench.calls(.failed, 10)
        bench.pass(.milliseconds(1201))
        #expect(bench.granted(500) == 5)
        #expect(bench.isOut)
        bench.began(3)
        #expect(bench.isOut)
        bench.pass(.milliseconds(10))
        bench.ended(.healthy, 3)
        #expect(bench.granted(500) == 3)
        // Those that never began are not waited for for ever.
        bench.pass(.milliseconds(1001))
        #expect(bench.granted(500) == 5)
    }

    @Test func aCallThatWasLetThroughBeforeIsStoppedAtTheLastMoment() {
        var bench = GateBench()
        #expect(bench.granted(500) == 500)
        #expect(bench.gate.mayCall(now: bench.now))
        bench.calls(.failed, 10)
        #expect(!bench.gate.mayCall(now: bench.now))
        bench.pass(.milliseconds(1201))
        for _ in 0..<5 {
            bench.began()
            #expect(bench.gate.mayCall(now: bench.now))
        }
        bench.began()
        #expect(!bench.gate.mayCall(now: bench.now))
    }

    @Test func itsShareReturnsStepByStepWhileItStaysWell() {
        var bench = GateBench()
        for _ in 0..<10 {
            _ = bench.ask(200)
            bench.calls(.healthy, 20, taking: .milliseconds(50))
        }
        bench.calls(.failed, 200, taking: .milliseconds(1))
        #expect(bench.isOut)
        bench.pass(.milliseconds(1201))
        #expect(bench.granted(500) == 5)
        bench.calls(.healthy, 5)
        let returned = bench.now
        var shares: [Int] = []
        while bench.standing.state != .closed {
            #expect(bench.standing.state == .returning)
            let share = bench.standing.share
            if shares.last != share { shares.append(share) }
            // Of the 200 a second that it took before.
            let count = bench.granted(1000)
            #expect(count == 2 * share)
            #expect(bench.isOut)
            bench.calls(.healthy, count, taking: .milliseconds(1))
            bench.tick(.milliseconds(1000) - .milliseconds(count))
        }
        #expect(shares == [10, 25, 50])
        let time = returned.duration(to: bench.now)
        #expect(time >= .seconds(20) && time <= .seconds(60))
        #expect(bench.granted(1000) == 1000)
        #expect(bench.standing.share == 100)
    }

    @Test func aRelapseTakesItOutAgainAtOnce() {
        var bench = GateBench()
        bench.calls(.failed, 10)
        bench.pass(.milliseconds(1201))
        bench.gate.check(now: bench.now)
        bench.calls(.healthy, 5)
        #expect(bench.standing.state == .returning)
        bench.calls(.failed, 4)
        #expect(bench.standing.state == .returning)
        bench.calls(.failed, 1)
        #expect(bench.standing.state == .open)
        bench.pass(.milliseconds(1590))
        #expect(bench.standing.state == .open)
    }

    @Test func callsFromBeforeItFellSickSayNothingOfHowItIsNow() {
        var bench = GateBench()
        bench.began(100)
        bench.calls(.failed, 10)
        bench.pass(.milliseconds(1201))
        bench.gate.check(now: bench.now)
        bench.calls(.healthy, 5)
        #expect(bench.standing.state == .returning)
        bench.pass(.seconds(2))
        bench.ended(.timedOut, 100, after: bench.start.duration(to: bench.now))
        #expect(bench.standing.state == .returning)
        #expect(bench.standing.inFlight == 0)
    }

    @Test func withoutABreakerNothingTakesItOut() {
        var settings = LimitSettings()
        settings.breaker = nil
        var bench = GateBench(settings)
        bench.calls(.timedOut, 1000)
        bench.began(100)
        bench.tick(.seconds(60))
        #expect(bench.granted(10) == 10)
        #expect(bench.standing.state == .closed)
    }

    @Test func aPersonTakesItOutAndIn() {
        let bench = GateBench()
        bench.gate.takeOut(true, now: bench.now)
        #expect(bench.isOut && !bench.gate.mayCall(now: bench.now))
        #expect(bench.standing.state == .out && !bench.standing.available && bench.standing.score == 0)
        bench.gate.takeOut(false, now: bench.now)
        #expect(bench.granted(7) == 7)
    }

    @Test func theScoreFallsWithErrorsAndWithLatency() {
        func score(errors: Int, latency: Duration) -> Int {
            var bench = GateBench()
            for call in 0..<20 {
                bench.began()
                bench.pass(.milliseconds(1))
                bench.ended(call < errors ? .failed : .healthy, after: latency)
            }
            return bench.standing.score
        }
        let well = score(errors: 0, latency: .milliseconds(20))
        #expect(well > 950)
        #expect(score(errors: 0, latency: .seconds(2)) < well / 2 + 100)
        let scores = (0..<9).map { score(errors: $0, latency: .milliseconds(20)) }
        #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 > $1 } && scores[8] < 400)
    }
}
