import Domain
import Senders
import Storage

/// What one process knows of one source's limits: its shares of the rates and what it holds of the quotas. Pure: the
/// answers of the ledgers come in, and what must be asked goes out.
struct SourceAllowance {
    enum Answer {
        case decided(LimitVerdict)
        /// Something must be settled first.
        case ask(rates: Bool, quotas: [QuotaStore.Ask])
    }

    let source: Int64
    private(set) var limits: SourceLimits
    private var rate: RequestBucket?
    private var critical: RequestBucket?
    private var leases: [QuotaLease]
    /// Recipients of requests that wait for an answer.
    var waiting: Int64 = 0
    private(set) var usedAt: ContinuousClock.Instant

    init(source: Int64, limits: SourceLimits, now: ContinuousClock.Instant) {
        self.source = source
        self.limits = limits
        usedAt = now
        leases = []
        setUp(now)
    }

    /// Other limits from now on. What stays as it was keeps its state, and what is held of a quota stays in hand.
    mutating func change(to limits: SourceLimits, _ now: ContinuousClock.Instant) {
        guard self.limits != limits else { return }
        self.limits = limits
        setUp(now)
    }

    private mutating func setUp(_ now: ContinuousClock.Instant) {
        rate = bucket(rate, isCritical: false, now)
        critical = bucket(critical, isCritical: true, now)
        leases = SourceLimits.Period.allCases.compactMap { period in
            limits.quotas[period].map { limit in
                QuotaLease(period: period, limit: limit, after: leases.first { $0.period == period })
            }
        }
    }

    private func bucket(_ old: RequestBucket?, isCritical: Bool, _ now: ContinuousClock.Instant) -> RequestBucket? {
        guard let rate = limits.rate(isCritical: isCritical) else { return nil }
        if let old, old.rate == rate { return old }
        return RequestBucket(source: source, isCritical: isCritical, rate: rate, now: now)
    }

    /// All of a request or nothing of it. Test messages use up no quota. `isPaced`: it counts against the rate too; what
    /// somebody sends as a campaign goes at the pace of its providers and counts against quotas alone.
    mutating func take(
        _ count: Int, isCritical: Bool, isTest: Bool, isPaced: Bool = true, _ now: ContinuousClock.Instant
    ) -> Answer {
        usedAt = now
        let needsRate = isPaced && !((isCritical ? critical : rate)?.isSettled ?? true)
        var short: [QuotaStore.Ask] = []
        var exhausted: QuotaLease?
        if !isTest {
            for place in leases.indices {
                switch leases[place].look(Int64(count), now) {
                case .enough: break
                case .unknown: short.append(leases[place].ask(source, for: Int64(count), waiting: waiting))
                case .exhausted: exhausted = leases[place]
                }
            }
        }
        if needsRate { return .ask(rates: true, quotas: exhausted == nil ? short : []) }
        if let exhausted {
            let standing = exhausted.standing(now)
            return .decided(verdict(isCritical, now, .init(name: standing.name, retryAfter: standing.resets)))
        }
        let wait = isPaced ? change(isCritical) { $0.wait(for: count, now) } ?? .zero : .zero
        if wait > .zero {
            change(isCritical) { $0.miss(count) }
            let name = isCritical ? "critical" : "rate"
            return .decided(verdict(isCritical, now, .init(name: name, retryAfter: Self.wholeSeconds(wait))))
        }
        guard short.isEmpty else { return .ask(rates: false, quotas: short) }
        if isPaced { change(isCritical) { $0.take(count) } }
        if !isTest { for place in leases.indices { leases[place].take(Int64(count)) } }
        return .decided(verdict(isCritical, now, nil))
    }

    /// What was taken for a request that came to nothing.
    mutating func giveBack(_ count: Int, isCritical: Bool, isTest: Bool, isPaced: Bool = true) {
        if isPaced { change(isCritical) { $0.giveBack(count) } }
        if !isTest { for place in leases.indices { leases[place].giveBack(Int64(count)) } }
    }

    @discardableResult
    private mutating func change<T>(_ isCritical: Bool, _ body: (inout RequestBucket) -> T) -> T? {
        guard var bucket = isCritical ? critical : rate else { return nil }
        defer { if isCritical { critical = bucket } else { rate = bucket } }
        return body(&bucket)
    }

    // MARK: Settling

    mutating func demand(_ now: ContinuousClock.Instant) -> [LimitKey: Demand] {
        var demand: [LimitKey: Demand] = [:]
        for isCritical in [false, true] {
            change(isCritical) { demand[$0.key] = $0.demand(now) }
        }
        return demand
    }

    mutating func accept(
        _ grants: [LimitKey: Grant], asked: ContinuousClock.Instant, now: ContinuousClock.Instant
    ) {
        for isCritical in [false, true] {
            change(isCritical) { bucket in
                if let grant = grants[bucket.key] { bucket.accept(grant, asked: asked, now: now) }
            }
        }
    }

    mutating func settleQuotas(_ now: ContinuousClock.Instant) -> [QuotaStore.Ask] {
        leases.indices.compactMap { leases[$0].settle(source, now) }
    }

    mutating func end() -> [QuotaStore.Ask] { leases.indices.compactMap { leases[$0].end(source) } }

    mutating func accept(
        _ answers: [QuotaStore.Answer], asked: ContinuousClock.Instant, now: ContinuousClock.Instant
    ) {
        for answer in answers where answer.source == source {
            guard let place = leases.firstIndex(where: { $0.period == answer.period }) else { continue }
            leases[place].accept(answer, asked: asked, now: now)
        }
    }

    // MARK: Telling

    private func verdict(
        _ isCritical: Bool, _ now: ContinuousClock.Instant, _ refusal: LimitVerdict.Refusal?
    ) -> LimitVerdict {
        var standings: [LimitVerdict.Standing] = []
        if let bucket = isCritical ? critical : rate {
            let name = isCritical ? "critical" : "rate"
            let (quota, window) = bucket.rate.asQuota
            let resets = refusal?.name == name ? refusal?.retryAfter : nil
            standings.append(
                .init(
                    name: name, quota: quota, window: window, remaining: Int64(bucket.remaining),
                    resets: resets ?? Self.wholeSeconds(bucket.timeToFull(now))))
        }
        return LimitVerdict(standings: standings + leases.map { $0.standing(now) }, refusal: refusal)
    }

    /// Rounded up: who comes back too early is refused again.
    private static func wholeSeconds(_ time: Duration) -> Int64 { (time.wholeMilliseconds + 999) / 1000 }
}
