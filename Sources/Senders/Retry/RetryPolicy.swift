import Domain

/// How often and how fast one provider is tried again: exponential backoff with full jitter, so that
/// messages which failed together do not come back together.
package struct RetryPolicy: Sendable, Hashable {
    /// Tries at one provider, the first included. Throttled tries do not count.
    package var maxAttempts: Int
    /// Throttled answers from one provider before it is given up: a limit that never lets go is a fault.
    package var maxThrottles: Int
    /// The longest wait after the first try; it doubles with each further one.
    package var base: Duration
    package var cap: Duration

    package init(maxAttempts: Int, maxThrottles: Int = 50, base: Duration, cap: Duration) {
        self.maxAttempts = maxAttempts
        self.maxThrottles = maxThrottles
        self.base = base
        self.cap = cap
    }

    /// For campaigns: half a minute of patience at most for a fault that passes; what lasts longer is the
    /// next provider's turn.
    package static let bulk = RetryPolicy(maxAttempts: 6, base: .seconds(1), cap: .seconds(300))
    /// For one-time passwords and alerts: what comes late is worth nothing.
    package static let urgent = RetryPolicy(maxAttempts: 3, base: .milliseconds(500), cap: .seconds(5))

    package static func of(_ category: Category) -> RetryPolicy {
        switch category {
        case .otp, .alert: urgent
        case .transactional, .marketing: bulk
        }
    }

    /// The wait after a provider's `tries`-th failed try: evenly spread between nothing and the limit.
    package func backoff(tries: Int, using random: inout some RandomNumberGenerator) -> Duration {
        let share = Double(random.next() >> 11) / 0x1p53
        return longestWait(tries: tries) * share
    }

    /// The limit of that wait.
    package func longestWait(tries: Int) -> Duration {
        var limit = base
        var doublings = max(tries, 1) - 1
        while doublings > 0 && limit < cap {
            limit = limit * 2
            doublings -= 1
        }
        return min(limit, cap)
    }
}
