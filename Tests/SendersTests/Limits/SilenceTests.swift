import Testing

@testable import Senders

/// A provider that hangs says nothing, and that must be noticed before its time-outs are over.
struct SilenceTests {
    /// How long after the last answer it is out; nil where it never is.
    private func timeUntilOut(_ bench: inout GateBench, atMost limit: Duration = .seconds(60)) -> Duration? {
        let start = bench.now
        while start.duration(to: bench.now) < limit {
            bench.tick(.milliseconds(100))
            if !bench.standing.available { return start.duration(to: bench.now) }
        }
        return nil
    }

    @Test func oneThatAnsweredQuicklyIsOutAfterHalfASecondOfSilence() throws {
        var bench = GateBench()
        bench.calls(.healthy, 100)
        bench.began(10)
        let time = try #require(timeUntilOut(&bench))
        #expect(time > .milliseconds(500) && time <= .milliseconds(600))
    }

    @Test func oneThatIsSlowByNatureHasFourTimesItsUsualTime() throws {
        var bench = GateBench()
        bench.calls(.healthy, 100, taking: .milliseconds(300))
        bench.began(10)
        let time = try #require(timeUntilOut(&bench))
        // The classes of the latencies are a quarter of a power of two wide.
        #expect(time >= .milliseconds(1200) && time <= .milliseconds(1600))
    }

    @Test func withoutAHistoryItTakesASecondAndAHalf() throws {
        var bench = GateBench()
        bench.began(10)
        let time = try #require(timeUntilOut(&bench))
        #expect(time > .milliseconds(1500) && time <= .milliseconds(1600))
    }

    @Test func nobodyWaitsLongerThanFiveSeconds() throws {
        var bench = GateBench()
        bench.calls(.healthy, 20, taking: .seconds(4))
        bench.began(10)
        let time = try #require(timeUntilOut(&bench))
        #expect(time > .seconds(5) && time <= .milliseconds(5100))
    }

    @Test func aSingleSlowCallIsGivenTwiceTheTime() throws {
        var bench = GateBench()
        bench.calls(.healthy, 100)
        bench.began(1)
        let time = try #require(timeUntilOut(&bench))
        #expect(time > .seconds(1) && time <= .milliseconds(1100))
    }

    @Test func anAnswerToAnyCallBreaksTheSilence() {
        var bench = GateBench()
        bench.calls(.healthy, 100)
        // Ten hang, and another is answered every 400 ms.
        bench.began(10)
        for _ in 0..<50 {
            bench.began()
            bench.tick(.milliseconds(400))
            bench.ended(.healthy, after: .milliseconds(400))
            #expect(bench.standing.available)
        }
    }

    @Test func noCallsUnderWayAreNoSilence() {
        var bench = GateBench()
        bench.calls(.healthy, 100)
        bench.tick(.seconds(30))
        #expect(bench.granted(10) == 10)
    }

    @Test func itNeedsNoTickerWhereItIsAsked() {
        var bench = GateBench()
        bench.calls(.healthy, 100)
        bench.began(10)
        bench.pass(.milliseconds(501))
        #expect(bench.isOut)
    }

    @Test func whatWasOnlySlowIsInAgainAsSoonAsMostIsAnswered() {
        var bench = GateBench()
        bench.began(10)
        bench.tick(.milliseconds(1700))
        #expect(bench.standing.state == .open)
        bench.ended(.healthy, 5, after: .milliseconds(1700))
        #expect(bench.standing.state == .open)
        bench.ended(.healthy, 1, after: .milliseconds(1700))
        #expect(bench.standing.state == .closed)
        // It has a history now: the same again is no fault.
        bench.ended(.healthy, 4, after: .milliseconds(1700))
        bench.began(10)
        bench.tick(.seconds(4))
        #expect(bench.standing.state == .closed)
    }

    @Test func oneTimeOutAmongTheLateAnswersKeepsItOut() {
        var bench = GateBench()
        bench.began(10)
        bench.tick(.milliseconds(1700))
        bench.ended(.timedOut, 1, after: .milliseconds(1700))
        bench.ended(.healthy, 9, after: .milliseconds(1700))
        #expect(bench.standing.state == .open)
    }

    @Test func probesThatHangTakeItOutForLonger() throws {
        var bench = GateBench()
        bench.calls(.healthy, 100)
        bench.began(10)
        bench.tick(.milliseconds(600))
        bench.tick(.milliseconds(1300))
        #expect(bench.granted(100) == 5)
        bench.began(5)
        bench.tick(.milliseconds(600))
        guard case .out(let until) = bench.ask(1) else {
            Issue.record("it is not out")
            return
        }
        #expect(bench.now.duration(to: until) > .milliseconds(1500))
    }

    @Test func aClockThatStoodStillForAnHourIsNoSilence() {
        var bench = GateBench()
        bench.calls(.healthy, 100)
        bench.pass(.seconds(3600))
        bench.began(10)
        bench.pass(.milliseconds(20))
        bench.ended(.healthy, 10)
        #expect(bench.granted(10) == 10)
    }
}
