/// Where a message stands on its route. Small and plain, because it is stored with every message that
/// waits for another try.
package struct RoutePosition: Sendable, Hashable, Codable {
    /// The provider that is tried now, counted from 0.
    package var step: Int
    /// Tries at this provider, the coming one included.
    package var tries: Int
    /// Throttled answers from this provider so far.
    package var throttles: Int
    /// Tries over the whole route, the coming one included: what a provider is told as the attempt.
    package var attempt: Int
    /// An earlier try may have been taken: the message can no longer end as failed, only as unknown.
    package var isDoubted: Bool

    package init(step: Int = 0, tries: Int = 1, throttles: Int = 0, attempt: Int = 1, isDoubted: Bool = false) {
        self.step = step
        self.tries = tries
        self.throttles = throttles
        self.attempt = attempt
        self.isDoubted = isDoubted
    }

    package static let start = RoutePosition()
}
