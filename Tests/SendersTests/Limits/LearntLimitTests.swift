import Testing

@testable import Senders

struct LearntLimitTests {
    private let start = ContinuousClock.now

    private func gate() -> ProviderGate { ProviderGate(now: start) }

    @Test func withoutRefusalsNothingIsHeldBack() {
        let gate = gate()
        #expect(gate.ask(500, now: start) == .send(500))
        gate.report(taken: 500, throttled: 0, after: .zero, now: start)
        #expect(gate.ask(500, now: start) == .send(500))
    }

    @Test func whatWasTakenBecomesTheAllowanceOfASecond() {
        let gate = gate()
        _ = gate.ask(500, now: start)
        gate.report(taken: 10, throttled: 490, after: .seconds(1), now: start)
        #expect(gate.ask(500, now: start + .milliseconds(400)) == .wait(.milliseconds(600)))
        #expect(gate.ask(500, now: start + .seconds(1)) == .send(10))
        #expect(gate.ask(500, now: start + .milliseconds(1500)) == .wait(.milliseconds(500)))
    }

    @Test func theAllowanceGrowsUntilThereIsNoLimitLeft() {
        let gate = gate()
        gate.report(taken: 8, throttled: 8, after: .zero, now: start)
        var now = start
        var last = 0
        for _ in 0..<60 {
            now += .seconds(1)
            guard case .send(let count) = gate.ask(1_000_000, now: now) else { continue }
            gate.report(taken: count, throttled: 0, after: .zero, now: now)
            #expect(count > last || count == 1_000_000)
            last = count
        }
        #expect(last == 1_000_000)
    }

    /// Some providers throttle a recipient: the others must not pay for it.
    @Test func aFewRefusalsAreAboutTheirRecipients() {
        let gate = gate()
        gate.report(taken: 497, throttled: 3, after: .seconds(60), now: start)
        #expect(gate.ask(500, now: start) == .send(500))
        // The three come again, on their own, as often as they like.
        for second in 1..<40 {
            let now = start + .seconds(second)
            gate.report(taken: 0, throttled: 3, after: .seconds(60), now: now)
            #expect(gate.ask(500, now: now) == .send(500))
        }
    }

    @Test func aLowLimitIsStillFound() {
        let gate = gate()
        gate.report(taken: 1, throttled: 19, after: .zero, now: start)
        #expect(gate.ask(500, now: start + .seconds(1)) == .send(1))
    }

    /// What was taken in the hour before says nothing of what is taken in a second.
    @Test func theFirstAllowanceIsThatOfOneSecond() {
        let gate = gate()
        for second in 0..<100 { gate.report(taken: 50, throttled: 0, after: .zero, now: start + .seconds(second)) }
        gate.report(taken: 50, throttled: 450, after: .zero, now: start + .seconds(100))
        #expect(gate.ask(500, now: start + .seconds(101)) == .send(50))
    }

    @Test func criticalMessagesGoBeyondALearntLimitAtTheCostOfTheNextSecond() {
        let gate = gate()
        gate.report(taken: 100, throttled: 100, after: .zero, now: start)
        #expect(gate.ask(500, now: start + .seconds(1)) == .send(100))
        #expect(gate.ask(500, lane: .critical, now: start + .milliseconds(1100)) == .send(20))
        #expect(gate.ask(1, lane: .critical, now: start + .milliseconds(1200)) == .wait(.milliseconds(800)))
        gate.report(taken: 120, throttled: 20, after: .zero, now: start + .milliseconds(1300))
        // The second that follows is shorter by what was taken of it: 100 is known, and refused again.
        #expect(gate.ask(500, now: start + .milliseconds(2300)) == .send(100))
    }

    @Test func whoSaysWhenToComeBackIsObeyedByCriticalMessagesToo() {
        let gate = gate()
        gate.report(taken: 0, throttled: 20, after: .seconds(30), now: start)
        #expect(gate.ask(1, lane: .critical, now: start + .seconds(10)) == .wait(.seconds(20)))
    }
}
