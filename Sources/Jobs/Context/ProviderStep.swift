import Domain
import Senders

/// One provider of a campaign's route, with what it costs today.
package struct ProviderStep: Sendable {
    package let id: Int64
    package let provider: any Provider
    package let prices: PriceTable
    package let pace: ProviderPace

    package init(id: Int64, provider: any Provider, prices: PriceTable, pace: ProviderPace = ProviderPace()) {
        self.id = id
        self.provider = provider
        self.prices = prices
        self.pace = pace
    }
}
