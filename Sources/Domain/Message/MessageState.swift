/// Where a message stands once something is known about it. The raw value is what the ledger stores.
/// Only forward: `Transition` says what gives way to what.
package enum MessageState: Int16, Sendable, Hashable, CaseIterable {
    /// Not sent, by policy: opted out, suppressed or denied between upload and sending.
    case rejected = 1
    /// Its time ran out before it could be sent.
    case expired = 2
    case cancelled = 3
    /// May have been sent; nobody knows. A receipt or a late answer settles it.
    case unknown = 4
    case failed = 5
    case sent = 6
    case undelivered = 7
    case delivered = 8
    case bounced = 9
    case complained = 10

    package var word: String { String(describing: self) }
}
