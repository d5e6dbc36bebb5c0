import Domain

/// A process's share of one limit as a bucket of tokens: it fills at the leased rate and is emptied by messages.
///
/// The last tokens are kept for critical messages: bulk may take only what is above the reserve, so a critical
/// one finds its share at any time, and what critical traffic does not use costs bulk nothing but the start.
/// Over any t seconds all processes together send at most limit × t + burst + reserve, and a message more
/// for each of them.
///
/// A lease that is not renewed goes on at half its rate for a while and then at almost nothing: the ledger may be
/// away for everybody, or others may have the share by now.
struct ShareBucket {
    /// Who asks: bulk leaves the reserve alone.
    typealias Lane = ProviderGate.Lane

    let limit: LimitSettings.Rate
    private let criticalShare: Double
    private var grant = Grant(perSecond: 0, processes: 1)
    private var validUntil: ContinuousClock.Instant
    private var filledAt: ContinuousClock.Instant
    /// Empty at the start: a process that is restarted again and again must not send a burst each time.
    private(set) var level = 0.0
    private var startsFull: Bool
    private var taken = 0.0
    private var unmet = 0.0
    private var demandSince: ContinuousClock.Instant

    /// A gap that is longer says nothing about tokens: the machine slept, or a debugger held the process.
    private static let longestFill: Duration = .seconds(1)
    private static let halfFor: Duration = .seconds(10)
    private static let floorShare = 0.02

    /// `startsFull` is for who can't wait: the first share comes with its burst.
    init(
        limit: LimitSettings.Rate, criticalShare: Double, startsFull: Bool = false, now: ContinuousClock.Instant
    ) {
        self.limit = limit
        self.criticalShare = criticalShare
        self.startsFull = startsFull
        validUntil = now
        filledAt = now
        demandSince = now
    }

    /// Below about one token for each process and second, one of them has the whole limit for a while.
    private var isOwned: Bool { Double(grant.processes) > max(1, limit.perSecond) }

    private var reserve: Double {
        guard criticalShare > 0 else { return 0 }
        if isOwned { return grant.perSecond > 0 ? 1 : 0 }
        return max(1, criticalShare * limit.perSecond / Double(grant.processes))
    }

    var capacity: Double {
        let rate = grant.perSecond
        return rate > 0 ? reserve + max(1, limit.burst * min(1, rate / limit.perSecond)) : reserve
    }

    func rate(at now: ContinuousClock.Instant) -> Double {
        if now <= validUntil { return grant.perSecond }
        let half = grant.perSecond / 2
        return now <= validUntil + Self.halfFor ? half : min(half, limit.perSecond * Self.floorShare)
    }

    mutating func refill(_ now: ContinuousClock.Instant) {
        guard now > filledAt else { return }
        let time = min(filledAt.duration(to: now), Self.longestFill)
        level = min(capacity, level + rate(at: now) * time.seconds)
        filledAt = now
    }

    /// How many may go now; call after `refill`.
    func available(_ lane: Lane) -> Int {
        max(0, Int(level - (lane == .bulk ? reserve : 0) + 1e-9))
    }

    mutating func take(_ count: Int) {
        level -= Double(count)
        taken += Double(count)
    }

    /// So many were taken and not needed.
    mutating func giveBack(_ count: Int) {
        level = min(capacity, level + Double(count))
        taken = max(0, taken - Double(count))
    }

    /// So many were wanted and could not go: the next settlement hears of it.
    mutating func miss(_ count: Int) { unmet += Double(count) }

    /// Until a useful number is there: windows of a single message would cost more than they send.
    func wait(for wanted: Int, _ lane: Lane, _ now: ContinuousClock.Instant) -> Duration {
        let rate = rate(at: now)
        guard rate > 0 else { return .milliseconds(250) }
        let least = lane == .bulk ? reserve : 0
        let useful = max(1, min(Double(wanted), (capacity - least) / 2))
        return .seconds(min(max(0.001, (least + useful - level) / rate), 60))
    }

    /// What is wanted a second, as far as is known; starts a new period.
    mutating func demand(_ now: ContinuousClock.Instant) -> Demand {
        refill(now)
        let time = max(0.1, demandSince.duration(to: now).seconds)
        // An idle process that holds its reserve needs nothing more.
        let wanted = (taken + unmet) / time + max(0, reserve - level)
        (taken, unmet, demandSince) = (0, 0, now)
        return Demand(limit: limit.perSecond, wanted: min(wanted, limit.perSecond))
    }

    /// Takes over what was settled; `asked` is when the question left, so that the lease never outlasts the ledger's.
    mutating func accept(_ grant: Grant, asked: ContinuousClock.Instant, now: ContinuousClock.Instant) {
        refill(now)
        self.grant = grant
        validUntil = max(validUntil, asked + grant.validFor)
        if startsFull, grant.perSecond > 0 {
            startsFull = false
            level = capacity
        }
        level = min(level, capacity)
    }
}
