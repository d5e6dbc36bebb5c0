import Domain
import Senders
import Storage

/// Puts together what a campaign's shards need: its content bound to its columns, its tenant's policy, its
/// providers with today's prices.
package struct ContextBuilder: Sendable {
    private let database: Database
    private let keys: KeyRing
    private let registry: ProviderRegistry
    private let policies: PolicyCache
    private let now: @Sendable () -> Timestamp

    package init(
        database: Database, keys: KeyRing, registry: ProviderRegistry,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.database = database
        self.keys = keys
        self.registry = registry
        self.now = now
        policies = PolicyCache(store: PolicyStore(database: database))
    }

    package func build(campaign id: Int64) async throws -> CampaignContext {
        let parties = PartyStore(database: database, keys: keys)
        guard let campaign = try await CampaignStore(database: database).campaign(id),
            let template = try await parties.template(id: campaign.template)
        else { throw StorageError.malformed("campaign \(id) is incomplete") }
        let columns = try ColumnsRecord(json: campaign.columns)
        return CampaignContext(
            campaign: id, tenant: campaign.tenant, channel: campaign.channel, category: campaign.category,
            expiresAt: campaign.expiresAt, key: try await parties.key(of: campaign.tenant),
            content: try TemplateContent.Source(template).bind(columns),
            policy: try await policies.policy(tenant: campaign.tenant),
            providers: try await providers(tenant: campaign.tenant, channel: campaign.channel))
    }

    /// The route of a tenant's channel: its own, or the one that is shared.
    package func providers(tenant: Int64, channel: Channel) async throws -> [ProviderStep] {
        let store = ProviderStore(database: database, keys: keys)
        let routes = try await store.routes().filter { $0.channel == channel }
        let own = routes.filter { $0.tenant == tenant }
        let route = own.isEmpty ? routes.filter { $0.tenant == nil } : own
        let providers = try await registry.providers(for: tenant)
        let prices = try await store.prices().filter { $0.channel == channel }
        return route.compactMap { step in
            providers[step.provider].map {
                ProviderStep(
                    id: step.provider, provider: $0.provider,
                    prices: priceTable(prices.filter { $0.provider == step.provider }), gate: $0.gate,
                    window: $0.window)
            }
        }
    }

    private func priceTable(_ prices: [Price]) -> PriceTable {
        let day = CivilDate(daysSinceEpoch: Int(now().micros / 86_400_000_000)).description
        var table = PriceTable()
        // In the order of their first day, so that a later one replaces an earlier one.
        for price in prices.sorted(by: { $0.validFrom < $1.validFrom }) {
            guard price.validFrom <= day, price.validTo.map({ $0 > day }) ?? true,
                let currency = Currency(price.currency)
            else { continue }
            table.set(prefix: price.prefix, to: PriceTable.Rate(micros: price.micros, currency: currency))
        }
        return table
    }
}

/// One policy for each tenant, shared by all its campaigns.
private actor PolicyCache {
    private let store: PolicyStore
    private var policies: [Int64: Task<TenantPolicy, any Error>] = [:]

    init(store: PolicyStore) { self.store = store }

    func policy(tenant: Int64) async throws -> TenantPolicy {
        if let known = policies[tenant] { return try await known.value }
        let task = Task { [store] in try await TenantPolicy.load(tenant: tenant, from: store) }
        policies[tenant] = task
        do {
            return try await task.value
        } catch {
            policies[tenant] = nil
            throw error
        }
    }
}
