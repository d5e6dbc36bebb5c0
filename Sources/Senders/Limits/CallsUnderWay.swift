/// The calls that have begun and not ended, as far as a breaker needs to know: how many, and since when none of
/// them was answered. Those from before a provider fell sick are kept apart: their end says nothing of how it is now.
struct CallsUnderWay {
    private(set) var fresh = 0
    private var stale = 0
    /// Calls that began before this are stale.
    private var border: ContinuousClock.Instant?
    /// The last answer, or the beginning of the first call since nothing was under way.
    private(set) var silentSince: ContinuousClock.Instant

    init(now: ContinuousClock.Instant) { silentSince = now }

    var all: Int { fresh + stale }

    mutating func began(_ now: ContinuousClock.Instant) {
        if fresh == 0 { silentSince = now }
        fresh += 1
    }

    /// Whether the call that took so long was a fresh one.
    mutating func ended(_ end: CallEnd?, after time: Duration, _ now: ContinuousClock.Instant) -> Bool {
        if let border, stale > 0, now - time < border {
            stale -= 1
            return false
        }
        fresh = max(0, fresh - 1)
        if let end, end != .timedOut { silentSince = max(silentSince, now) }
        return true
    }

    /// What is under way belongs to the past from now on.
    mutating func separate(_ now: ContinuousClock.Instant) {
        stale += fresh
        fresh = 0
        border = now
        silentSince = now
    }

    /// What is under way counts as new again.
    mutating func refresh(_ now: ContinuousClock.Instant) {
        fresh += stale
        stale = 0
        border = nil
        silentSince = now
    }
}
