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
        let prices = Dictionary(grouping: try await store.prices(), by: \.provider)
        let providers = try await store.providers().map { account in
            RouteProvider(
                id: account.id, name: account.name,
                access: ProviderAccess(owner: account.tenant, grants: grants[account.id] ?? []),
                state: Self.isUsable(account) ? .ready : .unusable, prices: tables(prices[account.id] ?? []))
        }
        return RouteTable(rules: rules, providers: providers, senders: senders)
    }

    private static func isUsable(_ account: ProviderAccount) -> Bool {
        (try? ProviderCatalogue.check(kind: account.kind, settings: account.settings)) != nil
    }

    private func tables(_ prices: [Price]) -> [Channel: PriceTable] {
        let day = CivilDate(daysSinceEpoch: Int(now().micros / 86_400_000_000)).description
        var tables: [Channel: PriceTable] = [:]
        // In the order of their first day, so that a later one replaces an earlier one.
        for price in prices.sorted(by: { $0.validFrom < $1.validFrom }) {
            guard price.validFrom <= day, price.validTo.map({ $0 > day }) ?? true,
                let currency = Currency(price.currency)
            else { continue }
            tables[price.channel, default: PriceTable()]
                .set(prefix: price.prefix, to: PriceTable.Rate(micros: price.micros, currency: currency))
        }
        return tables
    }
}
