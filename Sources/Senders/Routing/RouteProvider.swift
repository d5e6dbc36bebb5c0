import Domain

/// What routing knows of a provider account.
package struct RouteProvider: Sendable {
    package enum State: Sendable, Hashable {
        case ready
        /// By an administrator, while traffic runs.
        case takenOut
        /// Its settings can't be read.
        case unusable
    }

    package let id: Int64
    package let name: String
    package let access: ProviderAccess
    package let state: State
    /// Today's, for the channels that have any.
    package let prices: [Channel: PriceTable]

    package init(
        id: Int64, name: String, access: ProviderAccess, state: State = .ready, prices: [Channel: PriceTable] = [:]
    ) {
        self.id = id
        self.name = name
        self.access = access
        self.state = state
        self.prices = prices
    }

    /// Why a tenant can't send through it; nil where it can.
    package func refusal(for tenant: Int64) -> RouteRefusal? {
        // First, so that nobody learns how another tenant's account fares.
        guard access.permits(tenant) else { return .notPermitted }
        return switch state {
        case .ready: nil
        case .takenOut: .takenOut
        case .unusable: .unusable
        }
    }
}
