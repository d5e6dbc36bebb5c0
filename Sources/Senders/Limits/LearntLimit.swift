import Domain

/// How much a provider takes in a second, as learnt from its refusals, so that a limit nobody told us of costs a
/// wait and not a failed try for each recipient.
///
/// A few refusals among many messages are about their recipients, who wait on their own: one that is
/// throttled for ever must not slow a campaign down to its pace.
///
/// free -> limited (it throttled: what it took becomes the allowance of a second) -> free (the allowance
/// grew, second by second without a refusal, beyond any window). Critical messages may go beyond the allowance by
/// their share, at the cost of the next second: it is only an estimate.
struct LearntLimit {
    typealias Lane = ProviderGate.Lane

    /// Refusals in a second that are taken for a limit of the provider. A limit of one a second is found with
    /// so many messages too many.
    private static let fewest = 5
    /// From here on a limit is as good as none.
    private static let free = 100_000

    private let criticalShare: Double
    /// Allowed in each second; nil where no limit is known.
    private(set) var allowance: Int?
    private var secondEnds: ContinuousClock.Instant
    /// Below zero where critical messages took of the next second.
    private var left = 0
    private var takenThisSecond = 0
    private var throttledThisSecond = 0
    private var wasRefused = false
    private var closedUntil: ContinuousClock.Instant

    init(criticalShare: Double, now: ContinuousClock.Instant) {
        self.criticalShare = criticalShare
        secondEnds = now
        closedUntil = now
    }

    private var isLimited: Bool {
        throttledThisSecond >= Self.fewest && throttledThisSecond * 8 >= takenThisSecond
    }

    private func overdraft(_ lane: Lane) -> Int {
        guard lane == .critical, criticalShare > 0, let allowance else { return 0 }
        return max(1, Int(criticalShare * Double(allowance)))
    }

    /// How many may go now; nil for any number.
    mutating func available(_ lane: Lane, _ now: ContinuousClock.Instant) -> Int? {
        if now < closedUntil { return 0 }
        if allowance != nil, now >= secondEnds { startSecond(now) }
        return allowance == nil ? nil : max(0, left + overdraft(lane))
    }

    mutating func take(_ count: Int) { if allowance != nil { left -= count } }

    func wait(_ now: ContinuousClock.Instant) -> Duration {
        now < closedUntil ? now.duration(to: closedUntil) : max(.zero, now.duration(to: secondEnds))
    }

    mutating func report(taken: Int, throttled: Int, after wait: Duration, now: ContinuousClock.Instant) {
        // While nothing is limited nobody else begins the second.
        if allowance == nil, now >= secondEnds { startSecond(now) }
        takenThisSecond += taken
        throttledThisSecond += throttled
        guard throttled > 0, isLimited else { return }
        wasRefused = true
        allowance = max(1, min(allowance ?? .max, takenThisSecond))
        left = 0
        closedUntil = max(closedUntil, now + wait)
        secondEnds = max(secondEnds, closedUntil)
    }

    private mutating func startSecond(_ now: ContinuousClock.Instant) {
        if let allowance, !wasRefused {
            let grown = allowance + max(1, allowance / 4)
            self.allowance = grown > Self.free ? nil : grown
        }
        wasRefused = false
        takenThisSecond = 0
        throttledThisSecond = 0
        left = (allowance ?? 0) + min(0, left)
        secondEnds = now + .seconds(1)
    }
}
