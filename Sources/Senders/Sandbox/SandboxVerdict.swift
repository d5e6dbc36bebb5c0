/// What the sandbox does with one message. The raw value is the word of settings, logs and magic
/// email addresses.
package enum SandboxVerdict: String, Sendable, Hashable, CaseIterable {
    case accepted
    /// Refused for good.
    case permanent = "bounce"
    /// Refused for now, at every attempt: an answered 503.
    case temporary
    /// Refused at the first attempt, taken at the next.
    case temporaryOnce = "temporary-once"
    /// Refused by the rate limit at every attempt: 429 with Retry-After.
    case throttled
    case throttledOnce = "throttled-once"
    /// Taken, and the connection closed without an answer.
    case inDoubt = "timeout"
    /// Taken, and the connection held open without an answer.
    case hang
    /// Taken, and answered one byte a second.
    case drip
    /// Not taken, and an answered 500, from which the caller cannot know that.
    case serverError = "error"
    /// Taken, and answered 200 with something that is not JSON.
    case garbage
    /// Taken, and answered with JSON that stops in the middle.
    case truncated
    /// Taken, and the connection reset in the middle of the answer.
    case reset
    /// Taken, and answered properly, long after anybody still waits.
    case late
    /// A redirect to another place.
    case redirect
    /// Taken, and answered with more than anybody wants to read.
    case oversize

    /// Whether the message counts as sent, whatever the caller gets to see.
    package var isTaken: Bool {
        switch self {
        case .accepted, .inDoubt, .hang, .drip, .garbage, .truncated, .reset, .late, .oversize: true
        case .permanent, .temporary, .temporaryOnce, .throttled, .throttledOnce, .serverError, .redirect: false
        }
    }

    /// What is left of a verdict that holds for the first attempt only.
    package func resolved(attempt: Int) -> SandboxVerdict {
        switch self {
        case .temporaryOnce: attempt <= 1 ? .temporary : .accepted
        case .throttledOnce: attempt <= 1 ? .throttled : .accepted
        default: self
        }
    }
}
