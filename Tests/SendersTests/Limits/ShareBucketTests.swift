import Domain
import Testing

@testable import Senders

/// What one process makes of its share of a limit.
struct ShareBucketTests {
    private func settings(_ rate: Double, burst: Double? = nil, critical: Double = 0.2) -> LimitSettings {
        var settings = LimitSettings()
        settings.account = .init(perSecond: rate, burst: burst)
        settings.criticalShare = critical
        return settings
    }

    /// What bulk gets that always wants more.
    private func bulk(_ bench: inout GateBench, for time: Duration, settling: Bool = true) -> Int {
        let end = bench.now + time
        var sent = 0
        var settled = bench.now - .seconds(2)
        while bench.now < end {
            if settling, settled.duration(to: bench.now) >= .seconds(1) {
                bench.settle()
                settled = bench.now
            }
            sent += bench.granted(500)
            bench.pass(.milliseconds(50))
        }
        return sent
    }

    @Test func nothingIsSentBeforeTheFirstSettlement() {
        let bench = GateBench(settings(100))
        #expect(bench.ask(10) == .wait(.milliseconds(250)))
        #expect(bench.ask(10, .critical) == .wait(.milliseconds(250)))
    }

    @Test(arguments: [0.5, 1, 3, 30, 100, 10_000])
    func theFlowIsTheLimit(rate: Double) {
        var bench = GateBench(settings(rate))
        _ = bulk(&bench, for: .seconds(10))
        let sent = bulk(&bench, for: .seconds(60))
        #expect(Double(sent) <= rate * 60 + 1)
        #expect(Double(sent) >= rate * 60 - max(1, rate * 0.05) - 1)
    }

    @Test func afterAPauseNoMoreThanTheBurstGoesAtOnce() {
        var bench = GateBench(settings(100, burst: 40, critical: 0))
        bench.settle()
        for _ in 0..<60 {
            bench.pass(.seconds(1))
            bench.settle()
        }
        #expect(bench.granted(500) == 40)
        #expect(bench.granted(500) == 0)
    }

    /// Whatever bulk does, critical messages up to their share in any second are let through at once.
    @Test(arguments: [1.0, 2, 5, 17, 100, 3000], [0.05, 0.2, 0.5, 0.9])
    func criticalAlwaysFindsItsReserve(rate: Double, share: Double) {
        var bench = GateBench(settings(rate, critical: share))
        var random = SplitMix(seed: UInt64(rate) &* 31 &+ UInt64(share * 100))
        _ = bulk(&bench, for: .seconds(15))
        let perSecond = max(1, Int(rate * share))
        var recent: [(at: ContinuousClock.Instant, count: Int)] = []
        var settled = bench.now
        for _ in 0..<3000 {
            bench.pass(.milliseconds(Int64(random.next() % 120)))
            if settled.duration(to: bench.now) >= .milliseconds(900) {
                bench.settle()
                settled = bench.now
            }
            if random.next() % 3 > 0 { _ = bench.granted(Int(random.next() % 1000) + 1) }
            let now = bench.now
            recent.removeAll { $0.at.duration(to: now) > .seconds(1) }
            let left = perSecond - recent.reduce(0) { $0 + $1.count }
            guard left > 0, random.next() % 2 == 0 else { continue }
            let wanted = Int(random.next() % UInt64(left)) + 1
            #expect(bench.granted(wanted, .critical) == wanted)
            recent.append((now, wanted))
        }
    }

    @Test func criticalMayTakeAllOfTheLimit() {
        var bench = GateBench(settings(100))
        var sent = 0
        for step in 0..<200 {
            if step % 20 == 0 { bench.settle() }
            #expect(bench.granted(1000) == 0 || step < 20)
            sent += bench.granted(1000, .critical)
            bench.pass(.milliseconds(50))
        }
        #expect(sent >= 990 && sent <= 1020)
    }

    @Test func aLedgerThatIsAwayHalvesTheShareAndThenNearlyEndsIt() {
        var bench = GateBench(settings(100, critical: 0))
        _ = bulk(&bench, for: .seconds(5))
        bench.settle()
        let leased = bulk(&bench, for: .seconds(2), settling: false)
        #expect(leased > 190 && leased <= 226)
        let half = bulk(&bench, for: .seconds(10), settling: false)
        #expect(half > 480 && half < 520)
        let floor = bulk(&bench, for: .seconds(100), settling: false)
        #expect(floor > 190 && floor < 215)
    }

    @Test func aClockThatJumpsFillsNoMoreThanASecond() {
        var bench = GateBench(settings(100, burst: 1000, critical: 0))
        bench.settle()
        bench.pass(.seconds(1))
        #expect(bench.granted(5000) == 100)
        bench.settle()
        // A lease of an hour, and a machine that sleeps through it.
        bench.gate.accept(
            [LimitKey(provider: 1): Grant(perSecond: 100, processes: 1, validFor: .seconds(7200))], asked: bench.now,
            now: bench.now)
        bench.pass(.seconds(3600))
        #expect(bench.granted(5000) == 100)
    }

    @Test func eachDestinationHasItsOwnLimitWithinTheAccounts() throws {
        let sg = try #require(Region("SG"))
        let my = try #require(Region("MY"))
        var settings = settings(100, burst: 100, critical: 0)
        settings.destinations = [sg: .init(perSecond: 10, burst: 10)]
        var bench = GateBench(settings)
        bench.settle()
        for _ in 0..<5 {
            bench.pass(.seconds(1))
            bench.settle()
        }
        #expect(bench.ask(50, to: sg) == .send(10))
        guard case .wait = bench.ask(50, to: sg) else {
            Issue.record("the destination's limit does not hold")
            return
        }
        #expect(bench.ask(50, to: my) == .send(50))
        #expect(bench.ask(500, to: my) == .send(40))
    }

    @Test func aRunIsLetThroughUpToTheFirstThatMustWait() throws {
        let sg = try #require(Region("SG"))
        let my = try #require(Region("MY"))
        var settings = settings(100, burst: 100, critical: 0)
        settings.destinations = [sg: .init(perSecond: 2, burst: 2)]
        var bench = GateBench(settings)
        bench.settle()
        for _ in 0..<5 {
            bench.pass(.seconds(1))
            bench.settle()
        }
        #expect(bench.gate.ask(run: [my, sg, my, sg, my, sg, my], now: bench.now) == .send(5))
        guard case .wait = bench.gate.ask(run: [sg, my], now: bench.now) else {
            Issue.record("the destination's limit does not hold")
            return
        }
        #expect(bench.gate.ask(run: [my, my], now: bench.now) == .send(2))
        // What was not let through cost nothing.
        #expect(bench.ask(500, to: my) == .send(93))
    }
}

/// The same numbers for the same seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
