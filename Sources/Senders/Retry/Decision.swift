import Domain

/// What follows from an outcome.
package enum Decision: Sendable, Hashable {
    /// Taken by the provider: final.
    case sent(reference: String, cost: Money?)
    /// Refused, and certainly not out: final.
    case failed(reason: String)
    /// Perhaps out; nobody knows: final until a receipt or a look-up says more.
    case unknown(reason: String)
    /// Its time is over, and it is certainly not out: final.
    case expired
    /// Try the same provider again after the wait.
    case retrySame(RoutePosition, after: Duration)
    /// Try the next provider now.
    case nextProvider(RoutePosition)

    package var isFinal: Bool {
        switch self {
        case .sent, .failed, .unknown, .expired: true
        case .retrySame, .nextProvider: false
        }
    }
}
