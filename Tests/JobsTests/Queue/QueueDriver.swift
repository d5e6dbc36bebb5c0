import Domain
import Storage
import Synchronization
import TestDatabase
import TestSupport

@testable import Jobs

/// The drivers that the contract suite runs on.
enum QueueDriver: CaseIterable {
    case memory
    case postgres

    func bench() async throws -> any QueueBench {
        switch self {
        case .memory: MemoryBench()
        case .postgres: try await PostgresBench()
        }
    }
}

/// A queue with the means to fill it and to let time pass.
protocol QueueBench: Sendable {
    var queue: any ShardQueue { get }
    func now() -> Timestamp
    func worker() async throws -> Int64
    /// Another tenant than the one that campaigns are of by themselves.
    func tenant(_ tier: Tenant.Tier) async throws -> Int64
    @discardableResult func campaign(_ plan: CampaignPlan) async throws -> Int64
    func pause(_ campaign: Int64) async throws
    func cancel(_ campaign: Int64) async throws
    func pass(_ time: Duration) async throws
}

/// What a campaign of a test is like.
struct CampaignPlan: Sendable {
    var shards: [Int]
    var priority = Priority.low
    var tenant: Int64?
    /// How long after its campaign's start each shard is due.
    var delay: Duration = .zero
}

extension QueueBench {
    @discardableResult func campaign(
        shards: [Int], priority: Priority = .low, tenant: Int64? = nil, delay: Duration = .zero
    ) async throws -> Int64 {
        try await campaign(CampaignPlan(shards: shards, priority: priority, tenant: tenant, delay: delay))
    }

    func claimOne() async throws -> ClaimedShard {
        guard let shard = try await queue.claim(worker: try await worker(), lane: .bulk, limit: 1).first else {
            throw NothingToClaim()
        }
        return shard
    }

    @discardableResult
    func step(_ shard: ClaimedShard, from: Int, closed: Int, open: Int) async throws -> WindowGrant {
        try await queue.step(
            WindowStep(shard: shard.id, token: shard.token, from: from, closed: closed, open: open, horizon: 0))
    }
}

struct NothingToClaim: Error {}

extension ShardQueue {
    /// Up to `limit` shards as a process that just started would take them.
    func claim(worker: Int64, lane: Lane, limit: Int) async throws -> [ClaimedShard] {
        let desk = ShardDesk(queue: self, lane: lane)
        var taken: [ClaimedShard] = []
        while taken.count < limit {
            let room = FairChoice.Room(slots: limit, spare: 0)
            let next = try await desk.next(worker: worker, room: room)
            if next.isEmpty { break }
            taken += next
        }
        return taken
    }
}

final class MemoryBench: QueueBench {
    private let clock: ManualClock
    private let numbers = Mutex<Int64>(0)
    private let tiers = Mutex<[Int64: Tenant.Tier]>([:])
    private let memory: MemoryQueue

    init() {
        let clock = ManualClock()
        self.clock = clock
        memory = MemoryQueue(now: { clock.now() })
    }

    var queue: any ShardQueue { memory }
    func now() -> Timestamp { clock.now() }
    func worker() -> Int64 { next() }
    func pause(_ campaign: Int64) async { await memory.set(campaign: campaign, to: .paused) }
    func cancel(_ campaign: Int64) async { await memory.set(campaign: campaign, to: .cancelling) }
    func pass(_ time: Duration) { clock.pass(time) }

    func tenant(_ tier: Tenant.Tier) -> Int64 {
        let tenant = next()
        tiers.withLock { $0[tenant] = tier }
        return tenant
    }

    func campaign(_ plan: CampaignPlan) async -> Int64 {
        let (campaign, tenant) = (next(), plan.tenant ?? 0)
        let tier: Int16 =
            switch tiers.withLock({ $0[tenant] }) {
            case .enterprise: 0
            case .free: 2
            default: 1
            }
        for (number, size) in plan.shards.enumerated() {
            let id = MessageID.shard(campaign: campaign, number: number)
            await memory.add(
                ClaimedShard(
                    id: id, campaign: campaign, tenant: tenant, tier: tier, priority: plan.priority, token: 0, body: id,
                    ids: id, count: size),
                due: now() + plan.delay)
        }
        return campaign
    }

    private func next() -> Int64 {
        numbers.withLock { number in
            number += 1
            return number
        }
    }
}

/// Lets time pass by moving every due time back.
final class PostgresBench: QueueBench {
    private let database: Database
    private let parties: PartyStore
    private let tenant: Int64
    private let template: Int64
    let queue: any ShardQueue

    init() async throws {
        database = Database(url: try TestDatabase.current.connectionString, connections: 4)
        try await database.run { _ = try Migrations.apply(on: $0) }
        parties = PartyStore(database: database, keys: KeyRing(masterKey: [UInt8](repeating: 1, count: 32)))
        tenant = try await parties.addTenant(name: "acme", tier: .paid, region: .none, timeZone: "UTC").id
        template = try await parties.addTemplate(tenant: tenant, name: "t", channel: .sms, content: "{}").id
        queue = PostgresQueue(database: database)
    }

    func now() -> Timestamp { .now }

    func worker() async throws -> Int64 {
        try await WorkerStore(database: database).register(machine: "m", pid: 1, pidStarted: 1)
    }

    func tenant(_ tier: Tenant.Tier) async throws -> Int64 {
        try await parties.addTenant(
            name: "t\(UInt32.random(in: 0...UInt32.max))", tier: tier, region: .none, timeZone: "UTC"
        ).id
    }

    func campaign(_ plan: CampaignPlan) async throws -> Int64 {
        let upload = try await UploadWriter.start(on: database)
        var draft = CampaignDraft(
            tenant: plan.tenant ?? tenant, template: template, name: "c", channel: .sms, category: .marketing)
        draft.priority = plan.priority
        draft.recipients = Int64(plan.shards.reduce(0, +))
        draft.shards = plan.shards.enumerated().map {
            ShardDraft(id: upload.shard($0.offset), count: $0.element, delay: plan.delay)
        }
        try await upload.finish(draft, again: true)
        return upload.campaign
    }

    func pause(_ campaign: Int64) async throws { _ = try await CampaignStore(database: database).pause(campaign) }
    func cancel(_ campaign: Int64) async throws { _ = try await CampaignStore(database: database).cancel(campaign) }

    func pass(_ time: Duration) async throws {
        try await database.run { session in
            try session.execute(
                "UPDATE shard SET due_at = due_at - make_interval(secs => $1::bigint)", [.int(Int64(time.seconds))])
            try session.execute(
                "UPDATE campaign SET not_before = not_before - make_interval(secs => $1::bigint)",
                [.int(Int64(time.seconds))])
        }
    }
}
