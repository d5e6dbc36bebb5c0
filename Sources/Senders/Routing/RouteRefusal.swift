/// Why a message goes nowhere. A rule that holds and can't send says so, instead of leaving the message to a rule
/// that was not meant for it.
package enum RouteRefusal: String, Sendable, Hashable, CaseIterable {
    case noRule = "no_route"
    /// Its providers were removed.
    case removed = "provider_removed"
    /// Its providers belong to other tenants or were not granted to this one.
    case notPermitted = "provider_not_permitted"
    /// Its providers' settings can't be used.
    case unusable = "provider_unusable"
    /// Its providers were taken out by hand.
    case takenOut = "provider_out"
}
