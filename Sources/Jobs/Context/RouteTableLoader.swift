import Domain
import Senders
import Storage

/// Reads rules, providers, prices and senders and compiles them: what `route explain` and the workers both decide by.
package struct RouteTableLoader: Sendable {
    private let database: Database
    private let keys: KeyRing
    private let now: @Sendable () -> Timestamp

    package init(database: Database, keys: KeyRing, now: @escaping @Sendable () -> Timestamp = { .now }) {
        self.database = database
        self.keys = keys
        self.now = now
    }

    package func load() async throws -> RouteTable {
        let store = ProviderStore(database: database, keys: keys)
        let rules = try await RouteStore(database: database).rules().map(\.rule)
        let senders = try await SenderStore(database: database).senders().map(\.sender)
        let grants = try await store.grants()
        let list = try await store.prices()
        let prices = Dictionary(grouping: list, by: \.provider)
        // Counted only where it matters.
        let volumes =
            list.contains { $0.volumeAfter > 0 } ? try await PriceVolumeStore(database: database).volumes() : [:]
        let providers = try await store.providers().map { account in
            RouteProvider(
                id: account.id, name: account.name,
                access: ProviderAccess(owner: account.tenant, grants: grants[account.id] ?? []),
                state: Self.isUsable(account) ? .ready : .unusable, prices: tables(prices[account.id] ?? [], volumes))
        }
        return RouteTable(rules: rules, providers: providers, senders: senders)
    }

    private static func isUsable(_ account: ProviderAccount) -> Bool {
        (try? ProviderCatalogue.check(kind: account.kind, settings: account.settings)) != nil
    }

    private func tables(
        _ prices: [Price], _ volumes: [PriceVolumeStore.Line: Int64]
    ) -> [Channel: PriceTable] {
        let day = CivilDate(daysSinceEpoch: Int(now().micros / 86_400_000_000)).description
        var tables: [Channel: PriceTable] = [:]
        // In the order of their first day, so that a later one replaces an earlier one.
        for price in prices.sorted(by: { $0.validFrom < $1.validFrom }) where price.volumeAfter == 0 {
            guard price.validFrom <= day, price.validTo.map({ $0 > day }) ?? true,
                let currency = Currency(stored: price.currency)
            else { continue }
            let tiers = prices.filter {
                $0.volumeAfter > 0 && $0.channel == price.channel && $0.prefix == price.prefix
                    && $0.validFrom == price.validFrom && price.segmentsFrom == 1
            }
            var micros = price.micros
            if !tiers.isEmpty {
                let line = PriceVolumeStore.Line(provider: price.provider, channel: price.channel, prefix: price.prefix)
                let sent = volumes[line] ?? 0
                let tier = tiers.filter { $0.volumeAfter <= sent }.max { $0.volumeAfter < $1.volumeAfter }
                micros = tier?.micros ?? micros
            }
            tables[price.channel, default: PriceTable()]
                .set(
                    prefix: price.prefix, segments: price.segmentsFrom,
                    to: PriceTable.Rate(micros: micros, currency: currency, line: tiers.isEmpty ? 0 : price.id))
        }
        return tables
    }
}
