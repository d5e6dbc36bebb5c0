/// Whether a request is within its source's limits, and how all of them stand: what the header fields `RateLimit-Policy`
/// and `RateLimit` say (draft-ietf-httpapi-ratelimit-headers-10) and `Retry-After` beside them. Counted in recipients.
package struct LimitVerdict: Sendable, Hashable {
    package struct Standing: Sendable, Hashable {
        /// `rate`, `critical`, `hour`, `day`, `month`.
        package let name: String
        package let quota: Int64
        /// In seconds.
        package let window: Int64
        package let remaining: Int64
        /// In how many seconds it is new again; of a rate: full again.
        package let resets: Int64

        package init(name: String, quota: Int64, window: Int64, remaining: Int64, resets: Int64) {
            self.name = name
            self.quota = quota
            self.window = window
            self.remaining = remaining
            self.resets = resets
        }
    }

    /// Which limit does not allow it, and after how many seconds it may.
    package struct Refusal: Sendable, Hashable {
        package let name: String
        package let retryAfter: Int64

        package init(name: String, retryAfter: Int64) {
            self.name = name
            self.retryAfter = retryAfter
        }
    }

    package let standings: [Standing]
    /// Nil: it may pass.
    package let refusal: Refusal?

    package init(standings: [Standing], refusal: Refusal? = nil) {
        self.standings = standings
        self.refusal = refusal
    }

    /// For a source without limits: nothing to say.
    package static let unlimited = LimitVerdict(standings: [])

    package var isGranted: Bool { refusal == nil }

    /// The value of `RateLimit-Policy`, the same for each answer; nil where there is no limit.
    package var policyField: String? {
        field { "\"\($0.name)\";q=\($0.quota);w=\($0.window)" }
    }

    /// The value of `RateLimit`.
    package var stateField: String? {
        field { "\"\($0.name)\";r=\($0.remaining);t=\($0.resets)" }
    }

    private func field(_ item: (Standing) -> String) -> String? {
        standings.isEmpty ? nil : standings.map(item).joined(separator: ", ")
    }
}

extension SourceLimits.Rate {
    /// As a quota in whole recipients over whole seconds, at least one each: 0.5 a second is one in two.
    package var asQuota: (quota: Int64, window: Int64) {
        let window = perSecond >= 1 ? 1 : (1 / perSecond).rounded(.up)
        return (max(1, Int64(perSecond * window)), Int64(window))
    }
}
