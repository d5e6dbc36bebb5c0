import Domain

/// How many calls a provider is given at a time, found by its latency: more of them while answers take what
/// they always took, fewer as soon as they queue up at the far end. What a second more of concurrency would only
/// turn into waiting is better spent elsewhere, and a provider that is about to break is given room.
///
/// Every tenth of a second with enough answers: limit × (tolerated ÷ seen latency, from 0.5 to 1) + √limit; a
/// time-out or a failure takes a tenth off instead.
struct ConcurrencyLimit {
    private static let first = 64
    private static let least = 2
    /// Answers may take twice what the best time was before anything is taken back.
    private static let tolerance = 2.0
    /// Below this the machine's own jitter is all that can be seen.
    private static let noise = 0.020
    private static let period: Duration = .milliseconds(100)
    private static let enough = 10
    private static let generation: Duration = .seconds(30)

    private let most: Int
    private var limit: Double
    private var best: (current: Double, previous: Double) = (.infinity, .infinity)
    private var turnedAt: ContinuousClock.Instant
    private var periodStart: ContinuousClock.Instant
    private var samples = 0
    private var time = 0.0
    private var busiest = 0
    private var hasFailed = false

    init(most: Int, now: ContinuousClock.Instant) {
        self.most = max(1, most)
        limit = Double(min(self.most, Self.first))
        turnedAt = now
        periodStart = now
    }

    var allowed: Int { Int(limit) }

    /// An answer, or the lack of one, while so many calls were under way.
    mutating func ended(_ end: CallEnd, after latency: Duration, inFlight: Int, _ now: ContinuousClock.Instant) {
        busiest = max(busiest, inFlight)
        if end == .failed || end == .timedOut {
            hasFailed = true
        } else {
            samples += 1
            time += latency.seconds
        }
        guard periodStart.duration(to: now) >= Self.period, hasFailed || samples >= Self.enough else { return }
        update(now)
    }

    private mutating func update(_ now: ContinuousClock.Instant) {
        if turnedAt.duration(to: now) >= Self.generation {
            best = (.infinity, best.current)
            turnedAt = now
        }
        if samples > 0 { best.current = min(best.current, time / Double(samples)) }
        if hasFailed {
            limit *= 0.9
        } else {
            let seen = time / Double(samples)
            let tolerated = max(Self.noise, min(best.current, best.previous) * Self.tolerance)
            let gradient = min(1, max(0.5, tolerated / seen))
            let next = limit * gradient + limit.squareRoot()
            // What is not used up proves nothing.
            if next < limit || Double(busiest) >= limit / 2 { limit = next }
        }
        limit = min(Double(most), max(Double(min(Self.least, most)), limit))
        samples = 0
        time = 0
        busiest = 0
        hasFailed = false
        periodStart = now
    }
}
