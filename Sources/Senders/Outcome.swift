import Domain

/// What a provider call led to, for one message.
///
/// Every case says by itself whether the message may be out: only `throttled`, `temporary` and
/// `notSent` are free to be tried again in every delivery mode.
package enum Outcome: Sendable, Hashable {
    /// Taken by the provider, with its reference. The cost is what the provider said, if it said.
    case sent(reference: String, cost: Money?)
    /// Refused for now because of a rate limit; nothing was sent. The wait is at least `after`.
    case throttled(after: Duration)
    /// Answered with a refusal that may pass (such as a 503); nothing was sent.
    case temporary(reason: String)
    /// Never reached the provider: no byte of the request was written.
    case notSent(reason: String)
    /// Refused for good: another try would be refused too. Carries no cost, whatever the reply says of one.
    case permanent(reason: String)
    /// The request may have been taken, and no answer came or none that says so.
    case inDoubt(reason: String)

    /// What happened, without the details. In the order of how much there is to worry about.
    package enum Kind: Int16, Sendable, Hashable, CaseIterable, Comparable {
        case sent = 1
        case throttled
        case temporary
        case notSent
        case permanent
        case inDoubt

        package static func < (a: Kind, b: Kind) -> Bool { a.rawValue < b.rawValue }

        /// What people read.
        package var word: String {
            switch self {
            case .sent: "sent"
            case .throttled: "throttled"
            case .temporary: "temporary"
            case .notSent: "not_sent"
            case .permanent: "permanent"
            case .inDoubt: "in_doubt"
            }
        }
    }

    /// Empty where there is none.
    package var reason: String {
        switch self {
        case .sent, .throttled: ""
        case .temporary(let reason), .notSent(let reason), .permanent(let reason), .inDoubt(let reason): reason
        }
    }

    /// Nothing was asked of the provider: we kept the message ourselves.
    package var isOwnDoing: Bool {
        guard case .notSent(let reason) = self else { return false }
        return [ProviderReason.leaseOver, ProviderReason.providerOut, ProviderReason.senderStopped].contains(reason)
    }

    /// The provider says that the address will never work again.
    package var saysAddressIsDead: Bool {
        guard case .permanent(let reason) = self else { return false }
        return ProviderReason.word(of: reason) == ProviderReason.unregistered
    }

    package var kind: Kind {
        switch self {
        case .sent: .sent
        case .throttled: .throttled
        case .temporary: .temporary
        case .notSent: .notSent
        case .permanent: .permanent
        case .inDoubt: .inDoubt
        }
    }
}
