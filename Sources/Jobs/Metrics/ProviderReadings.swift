import Metrics
import Senders

/// How this process sees each provider, for the page of metrics.
package enum ProviderReadings {
    package static func register(in registry: MetricsRegistry, of providers: ProviderRegistry) {
        registry.read(
            "herald_provider_state", "The provider's breaker as this process sees it: 1 for the state that it is in.",
            labels: ["provider", "state"]
        ) {
            await providers.standings.flatMap { name, standing in
                ProviderStanding.State.allCases.map { state in
                    .init([name, state.rawValue], state == standing.state ? 1 : 0)
                }
            }
        }
        func add(_ name: String, _ help: String, _ read: @escaping @Sendable (ProviderStanding) -> Double) {
            registry.read(name, help, labels: ["provider"]) {
                await providers.standings.map { .init([$0], read($1)) }
            }
        }
        add("herald_provider_score", "How well a provider does, from 0 to 1.") { Double($0.score) / 1000 }
        add("herald_provider_in_flight", "Calls that are under way.") { Double($0.inFlight) }
        add("herald_provider_allowed_in_flight", "Calls that may be under way at a time.") {
            Double($0.allowedInFlight)
        }
    }
}
