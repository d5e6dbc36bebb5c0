import Testing

@testable import Jobs

struct ProviderPaceTests {
    private let start = ContinuousClock.now

    @Test func withoutRefusalsNothingIsHeldBack() {
        let pace = ProviderPace(now: start)
        #expect(pace.ask(500, now: start) == .send(500))
        pace.report(taken: 500, throttled: 0, after: .zero, now: start)
        #expect(pace.ask(500, now: start) == .send(500))
    }

    @Test func whatWasTakenBecomesTheAllowanceOfASecond() {
        let pace = ProviderPace(now: start)
        _ = pace.ask(500, now: start)
        pace.report(taken: 10, throttled: 490, after: .seconds(1), now: start)
        #expect(pace.ask(500, now: start + .milliseconds(400)) == .wait(.milliseconds(600)))
        #expect(pace.ask(500, now: start + .seconds(1)) == .send(10))
        #expect(pace.ask(500, now: start + .milliseconds(1500)) == .wait(.milliseconds(500)))
    }

    @Test func theAllowanceGrowsUntilThereIsNoLimitLeft() {
        let pace = ProviderPace(now: start)
        pace.report(taken: 8, throttled: 8, after: .zero, now: start)
        var now = start
        var last = 0
        for _ in 0..<60 {
            now += .seconds(1)
            guard case .send(let count) = pace.ask(1_000_000, now: now) else { continue }
            pace.report(taken: count, throttled: 0, after: .zero, now: now)
            #expect(count > last || count == 1_000_000)
            last = count
        }
        #expect(last == 1_000_000)
    }

    /// Some providers throttle a recipient: the others must not pay for it.
    @Test func aFewRefusalsAreAboutTheirRecipients() {
        let pace = ProviderPace(now: start)
        pace.report(taken: 497, throttled: 3, after: .seconds(60), now: start)
        #expect(pace.ask(500, now: start) == .send(500))
        // The three come again, on their own, as often as they like.
        for second in 1..<40 {
            let now = start + .seconds(second)
            pace.report(taken: 0, throttled: 3, after: .seconds(60), now: now)
            #expect(pace.ask(500, now: now) == .send(500))
        }
    }

    @Test func aLowLimitIsStillFound() {
        let pace = ProviderPace(now: start)
        pace.report(taken: 1, throttled: 19, after: .zero, now: start)
        #expect(pace.ask(500, now: start + .seconds(1)) == .send(1))
    }

    /// What was taken in the hour before says nothing of what is taken in a second.
    @Test func theFirstAllowanceIsThatOfOneSecond() {
        let pace = ProviderPace(now: start)
        for second in 0..<100 { pace.report(taken: 50, throttled: 0, after: .zero, now: start + .seconds(second)) }
        pace.report(taken: 50, throttled: 450, after: .zero, now: start + .seconds(100))
        #expect(pace.ask(500, now: start + .seconds(101)) == .send(50))
    }
}
