import Domain
import Senders
import Storage

/// What a message of a stream would cost, asked before it is accepted.
package struct StreamPrices: Sendable {
    /// Where it would go, and for how much.
    package enum Offer: Sendable, Hashable {
        case nowhere
        /// Nil: no price is known.
        case costs(PriceTable.Rate?)
    }

    private let routing: CampaignRouting

    package init(_ key: StreamKey, contexts: ContextBuilder) async throws {
        routing = try await contexts.routing(
            for: RouteQuestion(
                tenant: key.tenant, source: key.source, channel: key.channel, category: key.category,
                priority: key.priority))
    }

    /// Through the provider who would be tried first.
    package func offer(to address: [UInt8], region: Region) -> Offer {
        guard let step = routing.first(for: address.span, region: region, place: 0) else { return .nowhere }
        return .costs(step.prices.rate(for: address.span))
    }
}
