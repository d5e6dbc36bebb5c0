import Domain

/// What a gate knows, and how its parts are asked in turn. Nothing is taken from any of them unless all agree.
struct GateState {
    typealias Lane = ProviderGate.Lane
    typealias Answer = ProviderGate.Answer

    /// From this share of errors on, repeats are rationed, well before the provider is out.
    private static let sickFrom = 0.2
    private static let budgetPause: Duration = .seconds(1)
    private static let sickLook: Duration = .milliseconds(200)
    /// Who is taken out by hand is asked about again after so long.
    private static let handPause: Duration = .seconds(1)
    /// A probe that was let through and did not begin in that time never will.
    private static let probePatience: Duration = .seconds(1)
    /// A provider that was nearly idle comes back with so many a second and not with none.
    private static let leastReturn = 10

    var breaker: CircuitBreaker
    var limits: SharedLimits
    var learnt: LearntLimit
    var concurrency: ConcurrencyLimit
    var brake: PruningBrake
    var outSince: ContinuousClock.Instant?
    private let isJudged: Bool
    private var budget: RetryBudget
    /// Probes that were let through and have not begun.
    private var promised: (count: Int, at: ContinuousClock.Instant)
    private var returning: (left: Int, ends: ContinuousClock.Instant)

    init(provider: Int64, settings: LimitSettings, now: ContinuousClock.Instant) {
        isJudged = settings.breaker != nil
        breaker = CircuitBreaker(settings: settings.breaker, now: now)
        limits = SharedLimits(provider: provider, settings: settings, now: now)
        learnt = LearntLimit(criticalShare: settings.criticalShare, now: now)
        concurrency = ConcurrencyLimit(most: settings.concurrency, now: now)
        brake = PruningBrake(share: settings.deadShare, now: now)
        budget = RetryBudget(now: now)
        promised = (0, now)
        returning = (0, now)
    }

    // MARK: Asking

    mutating func ask(
        _ wanted: Int, _ lane: Lane, _ destination: Region, retries: Bool, _ now: ContinuousClock.Instant
    ) -> Answer {
        var count = wanted
        if let refusal = admit(&count, retries: retries, now) { return refusal }
        if let refusal = allow(&count, lane, now) { return refusal }
        if destination != .none, let left = limits.available(destination, lane) {
            if left < count { limits.miss(count - left, destination) }
            guard left > 0 else { return .wait(limits.wait(for: wanted, destination, lane, now)) }
            count = min(count, left)
            limits.take(count, destination)
        }
        grant(count, retries: retries, now)
        return .send(count)
    }

    mutating func ask(run: some Sequence<Region>, _ lane: Lane, retries: Bool, _ now: ContinuousClock.Instant) -> Answer
    {
        let run = Array(run)
        var count = run.count
        if let refusal = admit(&count, retries: retries, now) { return refusal }
        if let refusal = allow(&count, lane, now) { return refusal }
        var left: [Region: Int] = [:]
        var length = 0
        for destination in run.prefix(count) {
            if let more = left[destination] ?? limits.available(destination, lane), destination != .none {
                guard more > 0 else {
                    limits.miss(1, destination)
                    if length == 0 { return .wait(limits.wait(for: count, destination, lane, now)) }
                    break
                }
                left[destination] = more - 1
            }
            length += 1
        }
        for destination in run.prefix(length) where destination != .none { limits.take(1, destination) }
        grant(length, retries: retries, now)
        return .send(length)
    }

    /// Whether the provider is there at all, and for how many.
    private mutating func admit(_ count: inout Int, retries: Bool, _ now: ContinuousClock.Instant) -> Answer? {
        if outSince != nil { return .out(until: now + Self.handPause) }
        breaker.check(now)
        switch breaker.state {
        case .closed: break
        case .open(let until): return .out(until: until)
        case .probing:
            count = min(count, probesLeft(now))
            if count == 0 { return .out(until: now + Self.sickLook) }
        case .returning:
            count = min(count, returnLeft(now))
            if count == 0 { return .out(until: returning.ends) }
        }
        guard retries, count > 0 else { return nil }
        count = budget.mayRetry(count, isSick: isSick(now), now)
        return count > 0 ? nil : .park(Self.budgetPause)
    }

    /// What the limits that hold for every destination leave of a number.
    private mutating func allow(_ count: inout Int, _ lane: Lane, _ now: ContinuousClock.Instant) -> Answer? {
        if let left = learnt.available(lane, now) {
            guard left > 0 else { return .wait(learnt.wait(now)) }
            count = min(count, left)
        }
        guard !limits.isEmpty else { return nil }
        limits.refill(now)
        guard let left = limits.available(.none, lane) else { return nil }
        if left < count { limits.miss(count - left, .none) }
        guard left > 0 else { return .wait(limits.wait(for: count, .none, lane, now)) }
        count = min(count, left)
        return nil
    }

    private mutating func grant(_ count: Int, retries: Bool, _ now: ContinuousClock.Instant) {
        learnt.take(count)
        limits.take(count, .none)
        budget.sent(count, areRetries: retries, now)
        breaker.granted(count, now)
        switch breaker.state {
        case .probing: promised = (promised.count + count, now)
        case .returning: returning.left -= count
        case .closed, .open: break
        }
    }

    private mutating func probesLeft(_ now: ContinuousClock.Instant) -> Int {
        if promised.at.duration(to: now) > Self.probePatience { promised.count = 0 }
        return max(0, CircuitBreaker.probes - promised.count - breaker.freshInFlight)
    }

    private mutating func returnLeft(_ now: ContinuousClock.Instant) -> Int {
        if now >= returning.ends {
            returning = (max(Self.leastReturn, breaker.rateBefore) * breaker.share / 100, now + .seconds(1))
            returning.left = max(1, returning.left)
        }
        return max(0, returning.left)
    }

    private mutating func isSick(_ now: ContinuousClock.Instant) -> Bool {
        guard isJudged else { return false }
        guard breaker.state == .closed else { return true }
        let sum = breaker.totals(now)
        return sum.judged >= CircuitBreaker.probes && sum.errorShare >= Self.sickFrom
    }

    // MARK: Calls

    mutating func isOut(_ now: ContinuousClock.Instant) -> Bool {
        if outSince != nil { return true }
        breaker.check(now)
        return if case .open = breaker.state { true } else { false }
    }

    mutating func untilNextProbe(_ now: ContinuousClock.Instant) -> Duration {
        if outSince != nil { return Self.handPause }
        breaker.check(now)
        return if case .open(let until) = breaker.state { now.duration(to: until) } else { Self.sickLook }
    }

    /// Asked by a call that has begun already.
    mutating func mayCall(_ now: ContinuousClock.Instant) -> Bool {
        if outSince != nil { return false }
        breaker.check(now)
        return switch breaker.state {
        case .closed, .returning: true
        case .open: false
        case .probing: breaker.freshInFlight <= CircuitBreaker.probes
        }
    }

    mutating func began(_ now: ContinuousClock.Instant) {
        // A hold that is over ends first: the call is a probe then, and not one from before.
        breaker.check(now)
        promised.count = max(0, promised.count - 1)
        breaker.began(now)
    }

    mutating func ended(_ end: CallEnd?, after latency: Duration, _ now: ContinuousClock.Instant) -> Int {
        let inFlight = breaker.inFlight
        breaker.ended(end, after: latency, now)
        if let end { concurrency.ended(end, after: latency, inFlight: inFlight, now) }
        return concurrency.allowed
    }

    // MARK: Looking

    mutating func standing(_ now: ContinuousClock.Instant) -> ProviderStanding {
        breaker.check(now)
        let sum = breaker.totals(now)
        let p50 = breaker.latency(0.5)
        // Who calls so many addresses dead is as sick as who refuses them.
        let errorShare = max(sum.errorShare, brake.deadShare(now) ?? 0)
        var standing = ProviderStanding(
            state: .closed, lasting: (outSince ?? breaker.since).duration(to: now), available: true,
            score: ProviderStanding.score(errorShare: errorShare, p50: p50), share: breaker.share,
            rate: Double(sum.granted) / Double(CallWindow.length), errorShare: errorShare,
            timeOutShare: sum.timeOutShare, p50: p50, p99: breaker.latency(0.99), inFlight: breaker.inFlight,
            allowedInFlight: concurrency.allowed, learntLimit: learnt.allowance)
        switch breaker.state {
        case .closed: break
        case .open:
            standing.state = .open
            standing.available = false
        case .probing: standing.state = .probing
        case .returning: standing.state = .returning
        }
        if outSince != nil {
            standing.state = .out
            standing.available = false
            standing.share = 0
        }
        if !standing.available { standing.score = 0 }
        return standing
    }
}
