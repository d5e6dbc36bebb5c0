import Domain
import Storage
import TestDatabase

/// A migrated database with a tenant and a template, and every store over it.
struct Fixture {
    let database: Database
    let keys = KeyRing(masterKey: [UInt8](repeating: 7, count: 32))
    let tenant: Tenant
    let template: TemplateVersion

    var parties: PartyStore { PartyStore(database: database, keys: keys) }
    var providers: ProviderStore { ProviderStore(database: database, keys: keys) }
    var campaigns: CampaignStore { CampaignStore(database: database) }
    var work: WorkStore { WorkStore(database: database) }
    var workers: WorkerStore { WorkerStore(database: database) }
    var policy: PolicyStore { PolicyStore(database: database) }
    var ledger: LedgerStore { LedgerStore(database: database, keys: keys) }

    init() async throws {
        database = Database(url: try TestDatabase.current.connectionString, connections: 4)
        try await database.run { _ = try Migrations.apply(on: $0) }
        let parties = PartyStore(database: database, keys: keys)
        tenant = try await parties.addTenant(name: "acme", tier: .paid, region: Region("SG") ?? .none, timeZone: "UTC")
        template = try await parties.addTemplate(tenant: tenant.id, name: "hello", channel: .sms, content: "{}")
    }

    /// A running campaign with shards of these sizes and meaningless bodies.
    func campaign(
        shards sizes: [Int], category: Domain.Category = .marketing, priority: Priority = .low, dueAt: Timestamp? = nil,
        fingerprint: UInt8 = 1, again: Bool = true
    ) async throws -> Int64 {
        let upload = try await UploadWriter.start(on: database)
        var draft = CampaignDraft(
            tenant: tenant.id, template: template.id, name: "test", channel: .sms, category: category)
        draft.priority = priority
        draft.dueAt = dueAt
        draft.fingerprint = [fingerprint]
        for (number, size) in sizes.enumerated() {
            let shard = upload.shard(number)
            try await upload.store(shard: shard, kind: .recipients, count: size, sealed: [1, 2, 3])
            draft.shards.append(ShardDraft(id: shard, count: size))
            draft.recipients += Int64(size)
        }
        try await upload.finish(draft, again: again)
        return upload.campaign
    }

    func worker() async throws -> Int64 {
        try await workers.register(machine: "here", pid: 1, pidStarted: 1)
    }
}

extension WorkStore {
    /// Up to `limit` shards that are due, the most urgent ones first.
    func claim(worker: Int64, lane: Lane, limit: Int) async throws -> [ClaimedShard] {
        let waiting = try await waiting(lane: lane, within: .zero).map(\.work)
        let orders = waiting.sorted { $0.priority < $1.priority }.map { ClaimOrder(work: $0, count: limit) }
        return try await claim(worker: worker, lane: lane, orders: orders, limit: limit)
    }
}
