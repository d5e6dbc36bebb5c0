import Domain
import Senders

/// One provider of a campaign's route, with what it costs today, and what stands between it and the jobs.
package struct ProviderStep: Sendable {
    package let id: Int64
    package let provider: any Provider
    package let prices: PriceTable
    package let gate: ProviderGate
    package let window: ProviderWindow
    /// Nil where nothing is counted.
    package let meter: ProviderMeter?

    package init(
        id: Int64, provider: any Provider, prices: PriceTable, gate: ProviderGate,
        window: ProviderWindow = ProviderWindow(), meter: ProviderMeter? = nil
    ) {
        self.id = id
        self.provider = provider
        self.prices = prices
        self.gate = gate
        self.window = window
        self.meter = meter
    }
}
