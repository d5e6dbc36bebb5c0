/// Who gives leave for each call to a provider, and hears what came of it: the lease of the messages, the
/// provider's health and limits, the call log. One for each batch; asked from whatever thread sends.
package protocol CallWitness: Sendable {
    /// Asked before each request, as late as possible. Anything but `granted`: nothing is written, and the
    /// messages end as `notSent` for the leave's reason.
    func leave() -> CallLeave
    /// A call is under way from now on: before its connection is made, so that one that hangs is seen too.
    func began()
    /// A call has ended; exactly once for each that began.
    func ended(_ call: ProviderCall)
}

package enum CallLeave: Sendable, Hashable {
    case granted
    /// The messages may be somebody else's by now.
    case leaseOver
    /// The provider was found to be sick while the batch was on its way.
    case providerOut
    /// The messages' time is over.
    case expired

    package var reason: String {
        switch self {
        case .granted: ""
        case .leaseOver: ProviderReason.leaseOver
        case .providerOut: ProviderReason.providerOut
        case .expired: ProviderReason.expired
        }
    }
}
