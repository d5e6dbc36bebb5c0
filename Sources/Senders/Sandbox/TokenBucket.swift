/// A rate limit: so many tokens a second, at most one second's worth saved up. Times are durations
/// since any fixed instant of a monotonic clock.
package struct TokenBucket: Sendable {
    private let perSecond: Double
    private var tokens: Double
    private var filledAt: Duration

    package init(perSecond: Int, now: Duration) {
        self.perSecond = Double(max(perSecond, 1))
        tokens = self.perSecond
        filledAt = now
    }

    /// Takes up to `wanted` tokens and says how many it got.
    package mutating func take(_ wanted: Int, now: Duration) -> Int {
        let elapsed = max(now - filledAt, .zero) / .seconds(1)
        tokens = min(perSecond, tokens + elapsed * perSecond)
        filledAt = max(filledAt, now)
        let granted = min(wanted, Int(tokens))
        tokens -= Double(granted)
        return granted
    }

    /// How long until `count` tokens are there, counted from the last take.
    package func wait(for count: Int) -> Duration {
        .seconds(max(0, Double(count) - tokens) / perSecond)
    }
}
