import Domain
import Ingest
import Senders
import Storage
import Synchronization

/// Puts together what a campaign's shards need: its content bound to its columns, its tenant's policy, its
/// providers with today's prices.
package struct ContextBuilder: Sendable {
    private let database: Database
    private let keys: KeyRing
    private let registry: ProviderRegistry
    private let policies: PolicyCache
    private let routes: RouteTableCache

    package init(
        database: Database, keys: KeyRing, registry: ProviderRegistry,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.database = database
        self.keys = keys
        self.registry = registry
        policies = PolicyCache(store: PolicyStore(database: database))
        let loader = RouteTableLoader(database: database, keys: keys, now: now)
        routes = RouteTableCache { try await loader.load() }
    }

    /// The configuration has changed.
    package func forget() async { await routes.forget() }

    package func build(campaign id: Int64) async throws -> CampaignContext {
        let parties = PartyStore(database: database, keys: keys)
        guard let campaign = try await CampaignStore(database: database).campaign(id),
            let template = try await parties.template(id: campaign.template)
        else { throw StorageError.malformed("campaign \(id) is incomplete") }
        let columns = try ColumnsRecord(json: campaign.columns)
        let routing = try await routing(
            for: RouteQuestion(
                tenant: campaign.tenant, source: campaign.source, channel: campaign.channel,
                category: campaign.category, priority: campaign.priority), further: columns.channels,
            content: VerbatimTemplate.isOne(template.name) ? .raw : .template(template.name))
        return CampaignContext(
            campaign: id, tenant: campaign.tenant, channel: campaign.channel, category: campaign.category,
            expiresAt: campaign.expiresAt, chain: columns.channels, isCheapest: columns.isCheapest,
            isOrdered: columns.format == StreamContent.format && columns.place(of: .orderingKey) != nil,
            key: try await parties.key(of: campaign.tenant),
            content: try TemplateContent.Source(template).bind(columns),
            policy: try await policies.policy(tenant: campaign.tenant),
            routing: routing,
            webhooks: try await WebhookStore(database: database).interest(
                tenant: campaign.tenant, source: campaign.source),
            budgets: try await BudgetStore(database: database).covers(of: id))
    }

    /// Who of a tenant's recipients must not be sent to; shared by all that send for it.
    package func policy(of tenant: Int64) async throws -> TenantPolicy { try await policies.policy(tenant: tenant) }

    /// The rules that can hold for a campaign or a request, and for the channels that may follow its own: those that the
    /// sender named (`further`), who was asked about them, and those that rules name. What a rule names, its source must
    /// be permitted too, or it does not follow; without `content` that is not asked.
    package func routing(
        for question: RouteQuestion, further: [Channel] = [], content: ProposedSend.Content? = nil
    ) async throws -> CampaignRouting {
        let table = try await routes.table()
        let usable = try await registry.providers(for: question.tenant)
        let scope = table.scope(question)
        let named = Set(further)
        var uses: UsePolicy?
        if let source = question.source, content != nil, !scope.alternates.subtracting(named).isEmpty {
            let stored = try await SourceRuleStore(database: database).uses(source: source)
            // Without any use the scopes decide, and they are the category's.
            if !stored.isEmpty { uses = UsePolicy(source: "", uses: stored.map(\.use)) }
        }
        var alternates: [Channel: CampaignRouting] = [:]
        for channel in scope.alternates.union(further) where channel != question.channel {
            var other = question
            other.channel = channel
            var countries: Set<Region>?
            if let uses, let content, !named.contains(channel) {
                let send = ProposedSend(
                    category: question.category, channel: channel, priority: question.priority, content: content)
                guard let permit = try? uses.check(send) else { continue }
                countries = permit.countries
            }
            // What follows a channel has no followers of its own: no circles.
            alternates[channel] = Self.routing(table.scope(other), table, usable, countries: countries)
        }
        return Self.routing(scope, table, usable, alternates)
    }

    private static func routing(
        _ scope: RouteScope, _ table: RouteTable, _ usable: [Int64: ProviderRegistry.Usable],
        _ alternates: [Channel: CampaignRouting] = [:], countries: Set<Region>? = nil
    ) -> CampaignRouting {
        var reachable: [Int64: ProviderStep] = [:]
        for id in scope.reachable {
            guard let provider = usable[id] else { continue }
            reachable[id] = ProviderStep(
                id: id, provider: provider.provider,
                prices: table.provider(id)?.prices[scope.question.channel] ?? PriceTable(), gate: provider.gate,
                window: provider.window, meter: provider.meter)
        }
        return CampaignRouting(scope: scope, reachable: reachable, alternates: alternates, countries: countries)
    }
}

/// One policy for each tenant, shared by all its campaigns. What is loaded is handed out at once: every request asks.
private final class PolicyCache: Sendable {
    private struct State {
        var loaded: [Int64: TenantPolicy] = [:]
        var loading: [Int64: Task<TenantPolicy, any Error>] = [:]
    }

    private let store: PolicyStore
    private let state = Mutex(State())

    init(store: PolicyStore) { self.store = store }

    func policy(tenant: Int64) async throws -> TenantPolicy {
        if let loaded = state.withLock({ $0.loaded[tenant] }) { return loaded }
        let task = state.withLock { state in
            let task =
                state.loading[tenant] ?? Task { [store] in try await TenantPolicy.load(tenant: tenant, from: store) }
            state.loading[tenant] = task
            return task
        }
        let result = await task.result
        return try state.withLock { state in
            // One that failed is tried anew by whoever comes next.
            if state.loading[tenant] == task { state.loading[tenant] = nil }
            let policy = try state.loaded[tenant] ?? result.get()
            state.loaded[tenant] = policy
            return policy
        }
    }
}
