import Domain

/// How a provider's callbacks are told from forged ones, and read. Both are pure, so that a stored callback can
/// be read again.
package protocol CallbackReader: Sendable {
    /// Whether this comes from the provider. `now` is for signatures that carry a time: an old one is a replay.
    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict
    /// What it says; nothing where it says nothing of messages.
    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent]
}

package enum CallbackVerdict: Sendable, Hashable {
    case genuine
    /// Refused with 403. The reason is for the log, never for the caller.
    case forged(String)
    /// A question that proves who we are, such as WhatsApp's verification: answered as said, and nothing else.
    case challenge(reply: String)
}

/// A genuine callback that makes no sense: kept for a person to look at.
package struct UnreadableCallback: Error, Sendable, Hashable, CustomStringConvertible {
    package let problem: String

    package init(_ problem: String) { self.problem = problem }

    package var description: String { problem }
}
