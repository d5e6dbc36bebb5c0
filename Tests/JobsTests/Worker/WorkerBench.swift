import Domain
import Ingest
import Senders
import Storage
import TestDatabase
import TestSupport

@testable import Jobs

/// A tenant with a template on a database of its own, campaigns for it, and workers that send them through
/// providers in the process.
struct WorkerBench {
    let database: Database
    let keys = KeyRing(masterKey: [UInt8](repeating: 5, count: 32))
    let tenant: Tenant
    private let template: TemplateVersion

    var campaigns: CampaignStore { CampaignStore(database: database) }
    var policy: PolicyStore { PolicyStore(database: database) }
    var workers: WorkerStore { WorkerStore(database: database) }
    var ledger: LedgerStore { LedgerStore(database: database, keys: keys) }

    init() async throws {
        database = Database(url: try TestDatabase.current.connectionString, connections: 8)
        try await database.run { _ = try Migrations.apply(on: $0) }
        (tenant, template) = try await Self.party("acme", database, keys)
    }

    private static func party(
        _ name: String, _ database: Database, _ keys: KeyRing
    ) async throws -> (Tenant, TemplateVersion) {
        let parties = PartyStore(database: database, keys: keys)
        let tenant = try await parties.addTenant(
            name: name, tier: .paid, region: Region("SG") ?? .none, timeZone: "UTC")
        let template = try await parties.addTemplate(
            tenant: tenant.id, name: "hello", channel: .sms,
            content: #"{"channel":"sms","default_locale":"en","locales":{"en":{"text":"Hi {{ name }}"}}}"#)
        return (tenant, template)
    }

    /// A tenant more, on the same database.
    func another(_ name: String) async throws -> WorkerBench {
        let (tenant, template) = try await Self.party(name, database, keys)
        return WorkerBench(database: database, tenant: tenant, template: template)
    }

    private init(database: Database, tenant: Tenant, template: TemplateVersion) {
        self.database = database
        self.tenant = tenant
        self.template = template
    }

    static func number(_ index: Int) -> String { "+65\(91_000_000 + index)" }

    /// A campaign to so many recipients, uploaded as a file.
    func send(
        _ count: Int, category: Domain.Category = .marketing, numbers: (Int) -> String = Self.number,
        at due: Timestamp? = nil
    ) async throws -> Int64 {
        let rows = (0..<count).map { "\(numbers($0)),Ann" }
        var request = CampaignRequest(
            tenant: tenant, template: template, name: "test", category: category,
            input: .bytes(Array(("phone,name\n" + rows.joined(separator: "\n") + "\n").utf8)))
        request.again = true
        request.dueAt = due
        return try await CampaignUpload(database: database, keys: keys).send(request).campaign
    }

    func optOut(_ index: Int) async throws {
        let address = Array(Self.number(index).utf8)
        let key = try await PartyStore(database: database, keys: keys).key(of: tenant.id)
        _ = try await policy.suppress(
            tenant: tenant.id, hashes: [key.recipients.recipient(.phone, address.span)], channel: .sms, reason: .optout,
            origin: "test")
    }

    /// A worker whose campaigns go through the given providers instead of the stored ones.
    func worker(
        _ providers: any Provider..., slots: Int = 2, window: Int = 500, limits: LimitSettings = .unguarded,
        rules: [RouteRule] = [], prices: [Int64] = [],
        lists: [PriceTable] = [],
        onBudget: @escaping @Sendable (BudgetNews) -> Void = { _ in }
    ) throws -> Worker {
        let registry = try ProviderRegistry(store: ProviderStore(database: database, keys: keys))
        let builder = ContextBuilder(database: database, keys: keys, registry: registry)
        let steps = providers.enumerated().map {
            ProviderStep(
                id: Int64($0.offset + 1), provider: $0.element,
                prices: $0.offset < lists.count
                    ? lists[$0.offset] : ShardBench.prices($0.offset < prices.count ? prices[$0.offset] : nil),
                gate: ProviderGate(provider: Int64($0.offset + 1), settings: limits),
                window: ProviderWindow(first: 2000))
        }
        let contexts = ContextCache(ledger: ledger) { id in
            let stored = try await builder.build(campaign: id)
            return CampaignContext(
                campaign: id, tenant: stored.tenant, channel: stored.channel, category: stored.category,
                expiresAt: stored.expiresAt, chain: stored.chain, isCheapest: stored.isCheapest,
                isOrdered: stored.isOrdered, key: stored.key,
                content: stored.content, policy: stored.policy,
                providers: steps,
                routing: rules.isEmpty ? nil : ShardBench.routing(rules, steps, stored.category),
                webhooks: stored.webhooks, budgets: stored.budgets)
        }
        var options = Worker.Options()
        options.slots = slots
        options.windowLimit = window
        // Other tests may hold up all threads of the pool, a heart's too, while a program starts.
        options.lease.length = Patience.duration
        options.lease.patience = Patience.duration * 2
        return Worker(database: database, keys: keys, contexts: contexts, options: options, onBudget: onBudget)
    }

    /// Lets workers work while the body runs, then drains them.
    func with(_ workers: Worker..., body: () async throws -> Void) async throws {
        let running = workers.map { worker in Task { try await worker.run() } }
        let result: Result<Void, any Error>
        do {
            try await body()
            result = .success(())
        } catch {
            result = .failure(error)
        }
        for worker in workers { worker.drain() }
        for task in running { try await task.value }
        try result.get()
    }

    func states(of campaign: Int64) async throws -> [MessageState: Int] {
        var counts: [MessageState: Int] = [:]
        for state in MessageState.allCases {
            let count = try await ledger.messages(campaign: campaign, states: [state]).count
            if count > 0 { counts[state] = count }
        }
        return counts
    }

    func finish(_ campaign: Int64) async throws {
        try await eventually { try await campaigns.campaign(campaign)?.state.isOver == true }
    }

    /// Looks until it is so, over a database that may go away meanwhile.
    func eventually(_ isSo: () async throws -> Bool) async throws { try await TestSupport.eventually(isSo) }
}
