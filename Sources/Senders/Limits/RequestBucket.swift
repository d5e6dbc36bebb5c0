import Domain

/// A source's rate at the door, for requests that are let in as a whole or not at all. The same buckets, settled in the
/// same ledger, as the providers' limits; only that nobody waits at it, so the first share comes with its burst.
///
/// A request for more recipients than the bucket holds is let in when it is full, and the bucket then owes what it gave:
/// on average the rate holds, and nothing is too large for ever.
package struct RequestBucket {
    package let key: LimitKey
    package let rate: SourceLimits.Rate
    /// Whether a share was ever settled: before, nobody can be told anything.
    package private(set) var isSettled = false
    private var bucket: ShareBucket

    package init(source: Int64, isCritical: Bool, rate: SourceLimits.Rate, now: ContinuousClock.Instant) {
        key = .source(source, isCritical: isCritical)
        self.rate = rate
        bucket = ShareBucket(
            limit: .init(perSecond: rate.perSecond, burst: rate.burst), criticalShare: 0, startsFull: true, now: now)
    }

    /// How long until so many may pass; zero where they may now.
    package mutating func wait(for count: Int, _ now: ContinuousClock.Instant) -> Duration {
        bucket.refill(now)
        let needed = min(Double(count), max(1, bucket.capacity.rounded(.down)))
        let missing = needed - bucket.level
        guard missing > 1e-9 else { return .zero }
        let rate = bucket.rate(at: now)
        // Another process holds all of it: it is asked for it with the next settlement.
        guard rate > 0 else { return .seconds(1) }
        return .seconds(min(missing / rate, 3600))
    }

    package mutating func take(_ count: Int) { bucket.take(count) }
    package mutating func giveBack(_ count: Int) { bucket.giveBack(count) }
    package mutating func miss(_ count: Int) { bucket.miss(count) }

    /// How many may pass now.
    package var remaining: Int { max(0, Int(bucket.level + 1e-9)) }

    /// Until it is as full as it gets.
    package func timeToFull(_ now: ContinuousClock.Instant) -> Duration {
        let rate = bucket.rate(at: now)
        return rate > 0 ? .seconds(min(max(0, bucket.capacity - bucket.level) / rate, 3600)) : .zero
    }

    package mutating func demand(_ now: ContinuousClock.Instant) -> Demand { bucket.demand(now) }

    package mutating func accept(_ grant: Grant, asked: ContinuousClock.Instant, now: ContinuousClock.Instant) {
        isSettled = true
        bucket.accept(grant, asked: asked, now: now)
    }
}

extension LimitKey {
    /// Accounts have numbers above zero, sources stand below it; no country is ZZ.
    package static func source(_ source: Int64, isCritical: Bool) -> LimitKey {
        LimitKey(provider: -source, destination: isCritical ? Region("ZZ") ?? .none : .none)
    }
}
