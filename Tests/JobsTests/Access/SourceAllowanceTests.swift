import Domain
import Senders
import Storage
import Testing

@testable import Jobs

/// One process's view of one source's limits, without a database.
struct SourceAllowanceTests {
    private let start = ContinuousClock.now

    private func limits(rate: Double? = nil, burst: Double? = nil, critical: Double? = nil, day: Int64? = nil)
        -> SourceLimits
    {
        var limits = SourceLimits()
        limits.rate = rate.map { .init(perSecond: $0, burst: burst) }
        limits.criticalRate = critical.map { .init(perSecond: $0) }
        limits.quotas[.day] = day
        return limits
    }

    /// Its only process, with all rates settled.
    private func settled(_ limits: SourceLimits, at now: ContinuousClock.Instant) -> SourceAllowance {
        var allowance = SourceAllowance(source: 7, limits: limits, now: now)
        settle(&allowance, at: now)
        return allowance
    }

    private func settle(_ allowance: inout SourceAllowance, at now: ContinuousClock.Instant) {
        allowance.accept(SoleLedger().settle(allowance.demand(now)), asked: now, now: now)
    }

    private func take(
        _ count: Int, _ allowance: inout SourceAllowance, critical: Bool = false, test: Bool = false,
        at now: ContinuousClock.Instant
    ) -> LimitVerdict? {
        guard case .decided(let verdict) = allowance.take(count, isCritical: critical, isTest: test, now) else {
            return nil
        }
        return verdict
    }

    @Test func theFirstRequestPassesAndTheRateHoldsAfterwards() throws {
        var allowance = SourceAllowance(source: 7, limits: limits(rate: 10, burst: 20), now: start)
        guard case .ask(let needsRates, let quotas) = allowance.take(1, isCritical: false, isTest: false, start) else {
            Issue.record("nothing was settled yet")
            return
        }
        #expect(needsRates && quotas.isEmpty)
        settle(&allowance, at: start)
        for _ in 0..<20 { #expect(take(1, &allowance, at: start)?.isGranted == true) }
        let refused = try #require(take(1, &allowance, at: start))
        #expect(refused.refusal == .init(name: "rate", retryAfter: 1))
        #expect(refused.policyField == "\"rate\";q=10;w=1" && refused.stateField == "\"rate\";r=0;t=1")
        var passed = 0
        for step in 1...100 {
            let now = start + .milliseconds(100 * step)
            if step % 10 == 0 { settle(&allowance, at: now) }
            for _ in 0..<3 where take(1, &allowance, at: now)?.isGranted == true { passed += 1 }
        }
        #expect((98...101).contains(passed))
    }

    @Test func aRequestLargerThanTheBucketPassesWhenItIsFullAndIsPaidBack() throws {
        var allowance = settled(limits(rate: 100), at: start)
        #expect(take(1000, &allowance, at: start)?.isGranted == true)
        // It owes 900: ten seconds until there is one again, and a second more until there are a hundred.
        let refused = try #require(take(1, &allowance, at: start))
        #expect(refused.refusal == .init(name: "rate", retryAfter: 10))
        var now = start
        while now < start + .seconds(9) {
            now += .seconds(1)
            settle(&allowance, at: now)
        }
        #expect(take(1, &allowance, at: now)?.isGranted == false)
        now += .milliseconds(20)
        #expect(take(1, &allowance, at: now)?.isGranted == true)
        #expect(take(1000, &allowance, at: now)?.refusal?.retryAfter == 1)
    }

    @Test func criticalMessagesHaveTheirRateToThemselves() {
        var allowance = settled(limits(rate: 5), at: start)
        for _ in 0..<5 { #expect(take(1, &allowance, at: start)?.isGranted == true) }
        #expect(take(1, &allowance, at: start)?.isGranted == false)
        for _ in 0..<5 { #expect(take(1, &allowance, critical: true, at: start)?.isGranted == true) }
        let refused = take(1, &allowance, critical: true, at: start)
        #expect(refused?.refusal?.name == "critical" && refused?.policyField == "\"critical\";q=5;w=1")
        var own = settled(limits(rate: 5, critical: 2), at: start)
        #expect((0..<9).count { _ in take(1, &own, critical: true, at: start)?.isGranted == true } == 2)
        var only = settled(limits(critical: 2), at: start)
        #expect(take(100_000, &only, at: start) == .unlimited)
    }

    private func answer(
        _ ask: QuotaStore.Ask, granted: Int64, used: Int64, started: Int64 = 100, endsIn: Int64 = 3600
    ) -> QuotaStore.Answer {
        .init(source: 7, period: ask.period, started: started, endsIn: endsIn, used: used, granted: granted)
    }

    /// What it asks for when it needs so many.
    private func asks(_ count: Int, _ allowance: inout SourceAllowance, at now: ContinuousClock.Instant) -> [QuotaStore
        .Ask]
    {
        guard case .ask(_, let asks) = allowance.take(count, isCritical: false, isTest: false, now) else { return [] }
        return asks
    }

    @Test func aQuotaIsTakenInPartsAndKeptForThePeriod() throws {
        var allowance = settled(limits(day: 1000), at: start)
        let ask = try #require(asks(10, &allowance, at: start).first)
        #expect(ask.least == 10 && ask.limit == 1000 && ask.ahead == 0)
        allowance.accept([answer(ask, granted: 30, used: 530)], asked: start, now: start)
        let first = try #require(take(10, &allowance, at: start))
        #expect(first.policyField == "\"day\";q=1000;w=86400" && first.stateField == "\"day\";r=490;t=3600")
        #expect(take(20, &allowance, at: start)?.isGranted == true)
        // It used 30 in this second and keeps twice as many for the next, but no more than a twentieth of the quota.
        #expect(allowance.settleQuotas(start).first?.ahead == 50)
        #expect(asks(1, &allowance, at: start).first?.least == 1)
        #expect(take(10, &allowance, test: true, at: start)?.isGranted == true)
    }

    @Test func anIdleSourceBringsBackWhatItHolds() throws {
        var allowance = settled(limits(day: 1000), at: start)
        let ask = try #require(asks(10, &allowance, at: start).first)
        allowance.accept([answer(ask, granted: 40, used: 40)], asked: start, now: start)
        #expect(take(10, &allowance, at: start)?.isGranted == true)
        let kept = try #require(allowance.settleQuotas(start).first)
        #expect(kept.back == 10 && kept.since == 100)
        let rest = try #require(allowance.settleQuotas(start).first)
        #expect(rest.back == 20)
        #expect(allowance.settleQuotas(start).isEmpty && allowance.end().isEmpty)
    }

    @Test func whatIsUsedUpIsRefusedUntilThePeriodEndsWithoutAskingAgainAndAgain() throws {
        var allowance = settled(limits(day: 1000), at: start)
        let ask = try #require(asks(10, &allowance, at: start).first)
        allowance.accept([answer(ask, granted: 0, used: 995, endsIn: 90)], asked: start, now: start)
        let refused = try #require(take(10, &allowance, at: start))
        #expect(refused.refusal == .init(name: "day", retryAfter: 90) && refused.stateField == "\"day\";r=5;t=90")
        #expect(take(10, &allowance, at: start + .milliseconds(900))?.isGranted == false)
        // Another process may have brought some back.
        #expect(asks(10, &allowance, at: start + .milliseconds(1100)).first?.least == 10)
        #expect(asks(5, &allowance, at: start).first?.least == 5)
    }

    @Test func whatWasHeldOfAPeriodIsNothingInTheNext() throws {
        var allowance = settled(limits(day: 1000), at: start)
        let ask = try #require(asks(10, &allowance, at: start).first)
        allowance.accept([answer(ask, granted: 500, used: 500, endsIn: 60)], asked: start, now: start)
        #expect(take(10, &allowance, at: start + .seconds(59))?.isGranted == true)
        let next = try #require(asks(10, &allowance, at: start + .seconds(60)).first)
        #expect(next.least == 10 && next.back == 0)
        // An answer that came from the next period already does the same.
        var other = settled(limits(day: 1000), at: start)
        allowance = other
        _ = asks(10, &other, at: start)
        other.accept([answer(ask, granted: 500, used: 500)], asked: start, now: start)
        other.accept([answer(ask, granted: 0, used: 0, started: 200)], asked: start, now: start)
        #expect(asks(10, &other, at: start).first?.least == 10)
    }

    @Test func otherLimitsKeepWhatStaysTheSame() throws {
        var allowance = settled(limits(rate: 10, day: 1000), at: start)
        let ask = try #require(asks(10, &allowance, at: start).first)
        allowance.accept([answer(ask, granted: 50, used: 50)], asked: start, now: start)
        for _ in 0..<10 { #expect(take(1, &allowance, at: start)?.isGranted == true) }
        allowance.change(to: limits(rate: 10, day: 2000), start)
        // The bucket is as empty as it was, and the forty are still in hand.
        #expect(take(1, &allowance, at: start)?.refusal?.name == "rate")
        allowance.change(to: limits(day: 2000), start)
        #expect(take(40, &allowance, at: start)?.isGranted == true)
        #expect(asks(1, &allowance, at: start).first?.limit == 2000)
    }

    @Test func whatCameToNothingIsGivenBack() throws {
        var allowance = settled(limits(rate: 10, day: 1000), at: start)
        let ask = try #require(asks(10, &allowance, at: start).first)
        allowance.accept([answer(ask, granted: 10, used: 10)], asked: start, now: start)
        #expect(take(10, &allowance, at: start)?.isGranted == true)
        allowance.giveBack(10, isCritical: false, isTest: false)
        #expect(take(10, &allowance, at: start)?.isGranted == true)
    }

    @Test(arguments: [(50.0, 50, 1), (1.5, 1, 1), (0.5, 1, 2), (0.3, 1, 4), (0.01, 1, 100)])
    func aRateIsToldInWholeNumbers(rate: Double, quota: Int64, window: Int64) {
        #expect(SourceLimits.Rate(perSecond: rate).asQuota == (quota, window))
    }
}
