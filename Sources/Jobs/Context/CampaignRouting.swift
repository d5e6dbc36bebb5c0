import Domain
import Senders

/// How a campaign's messages find their providers: the rules that can hold for them, and everybody through whom these
/// may send.
package struct CampaignRouting: Sendable {
    package let scope: RouteScope
    /// By provider, with today's prices.
    package let reachable: [Int64: ProviderStep]

    package init(scope: RouteScope, reachable: [Int64: ProviderStep]) {
        self.scope = scope
        self.reachable = reachable
    }

    /// The providers of a plan in their order of trial. One that went away since the table was compiled is left out.
    package func steps(of plan: RoutePlan) -> [ProviderStep] {
        scope.providers(of: plan).compactMap { reachable[$0] }
    }

    /// Who is tried first for a recipient. Before there are message ids its place in the file stands in: where weights
    /// choose, the sums are right though single messages may go another way.
    func first(for address: Span<UInt8>, region: Region, place: Int) -> ProviderStep? {
        let choice = scope.choose(address, region: region, message: MessageID(rawValue: Int64(place)))
        return choice.plan.isEmpty ? nil : reachable[scope.provider(at: choice.plan[0])]
    }

    /// The providers for a recipient of whom nothing is known.
    package var fallback: [ProviderStep] { steps(of: scope.fallback.plan) }
}
