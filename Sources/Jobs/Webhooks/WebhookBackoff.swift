import Senders

/// When an event that did not arrive is told again: full jitter over a bound that doubles, for a day. So many that failed
/// together don't come back together.
enum WebhookBackoff {
    static let lifetime: Duration = .seconds(24 * 3600)
    private static let policy = RetryPolicy(maxAttempts: .max, base: .seconds(5), cap: .seconds(4 * 3600))
    /// What a receiver may ask for.
    private static let longestAsked: Duration = .seconds(3600)

    /// The bound after so many attempts.
    static func bound(after attempt: Int) -> Duration { policy.longestWait(tries: attempt) }

    /// Nil where the day is over: it is given up. The last try is at its end.
    static func wait(
        after attempt: Int, age: Duration, asked: Duration? = nil, using random: inout some RandomNumberGenerator
    ) -> Duration? {
        guard age < lifetime else { return nil }
        let wait = policy.backoff(tries: attempt, using: &random)
        return min(max(wait, min(asked ?? .zero, longestAsked)), lifetime - age)
    }
}
