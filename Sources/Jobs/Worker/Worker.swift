import Domain
import Ingest
import Senders
import Storage
import Synchronization

/// A working process: takes shards, sends them, and looks after what others leave. Several of them, in
/// one process or many, work side by side.
package final class Worker: Sendable {
    package struct Options: Sendable {
        /// Shards in work at once. Each mostly waits, for a provider or for a commit.
        package var slots = 4
        /// Slots that do nothing but urgent work: what waited for another try, and what another process left.
        package var fastSlots = 1
        /// Urgent shards that this process may send beside those, as they are accepted.
        package var fastLimit = 256
        /// Others that it may send as they are accepted, of all tenants and of one: beyond it they wait for a slot.
        package var promptLimit = 64
        package var promptShare = 4
        package var windowLimit = 500
        package var retention = Retention()
        package var lease = LeaseTerms()

        package init() {}
    }

    private let database: Database
    /// For urgent work: connections that bulk work can't keep busy.
    private let fastDatabase: Database
    private let fastLane: FastLane
    private let promptLane: FastLane
    private let keys: KeyRing
    private let contexts: ContextCache
    private let options: Options
    private let wake = WakeSignal()
    private let receiptWake: WakeSignal
    private let readers: ReceiptReaders
    private let slots: SlotCount
    private let fastSlots: SlotCount
    /// Who is sent beside the slots holds none, so none stands in for it where its provider hangs.
    private let noSlots = SlotCount(given: 0)
    private let draining = Mutex(false)
    private let heartbeat = Mutex<Heartbeat?>(nil)
    private let held = HeldShards()
    private let budgets: BudgetDesk
    private let metrics: JobMetrics
    private let now: @Sendable () -> Timestamp
    private let onConfiguration: @Sendable () async -> Void
    private let onBudget: @Sendable (BudgetNews) -> Void
    private let onTrouble: @Sendable (ClaimedShard, any Error) -> Void

    package init(
        database: Database, fastDatabase: Database? = nil, keys: KeyRing, contexts: ContextCache,
        options: Options = Options(),
        readers: ReceiptReaders = ReceiptReaders(), receiptWake: WakeSignal = WakeSignal(),
        metrics: JobMetrics = JobMetrics(),
        now: @escaping @Sendable () -> Timestamp = { .now },
        onConfiguration: @escaping @Sendable () async -> Void = {},
        onBudget: @escaping @Sendable (BudgetNews) -> Void = { _ in },
        onTrouble: @escaping @Sendable (ClaimedShard, any Error) -> Void = { _, _ in }
    ) {
        self.database = database
        self.fastDatabase = fastDatabase ?? database
        fastLane = FastLane(capacity: options.fastLimit, priority: .high)
        promptLane = FastLane(capacity: options.promptLimit, share: options.promptShare)
        self.keys = keys
        self.contexts = contexts
        self.options = options
        self.readers = readers
        self.receiptWake = receiptWake
        self.metrics = metrics
        slots = SlotCount(given: options.slots)
        fastSlots = SlotCount(given: options.fastSlots)
        self.now = now
        self.onConfiguration = onConfiguration
        let onNews: @Sendable (BudgetNews) -> Void = { news in
            metrics.noted(news)
            onBudget(news)
        }
        self.onBudget = onNews
        budgets = BudgetDesk(database: database, onNews: onNews)
        self.onTrouble = onTrouble
    }

    /// Ends after the windows that are under way; `run` then returns.
    package func drain() {
        draining.withLock { $0 = true }
        wake.signal()
    }

    /// Stops sending now: requests that have not left yet don't, and what is under way is left in doubt.
    package func abandon() {
        drain()
        heartbeat.withLock { $0 }?.abandon()
    }

    private var isDraining: Bool { draining.withLock { $0 } }

    /// Works until drained. Throws only if it can't begin.
    package func run() async throws {
        let heartbeat = try await begin()
        self.heartbeat.withLock { $0 = heartbeat }
        let listener = Listener(
            connection: database.dedicatedConnection(name: "listener"), wake: wake, receiptWake: receiptWake,
            onConfiguration: { [contexts, onConfiguration] in
                await contexts.invalidate()
                await onConfiguration()
            })
        let duties = [
            Task { await heartbeat.run() },
            Task { [database, wake, options] in
                var caretaker = Caretaker(database: database, wake: wake, patience: options.lease.patience)
                await caretaker.run()
            },
            Task { [database, keys, options, onBudget] in
                await Housekeeper(
                    database: database, keys: keys, retention: options.retention, onBudget: onBudget
                ).run()
            },
            Task { [budgets] in await budgets.run { heartbeat.registration.worker } },
            Task { await listener.run() },
            Task { [database, keys, readers, receiptWake, metrics] in
                await ReceiptRunner(
                    database: database, keys: keys, readers: readers, wake: receiptWake, metrics: metrics
                ).run()
            },
        ]
        async let fast: Void = loop(.fast, slots: fastSlots).run(heartbeat)
        await loop(.bulk, slots: slots).run(heartbeat)
        await fast
        await fastLane.close()
        await promptLane.close()
        for duty in duties { duty.cancel() }
        for duty in duties { await duty.value }
        await heartbeat.leave()
    }

    /// A database that goes away just then is waited for as it is later: a gateway may serve beside this worker.
    private func begin() async throws -> Heartbeat {
        while true {
            do {
                return try await Heartbeat.start(on: database, terms: options.lease)
            } catch let error as StorageError where error.mayPass && !isDraining {
                await wake.wait(after: wake.generation, atMost: .milliseconds(500))
            }
        }
    }

    private func loop(_ lane: Lane, slots: SlotCount) -> SlotLoop {
        let database = lane == .fast ? fastDatabase : database
        return SlotLoop(
            database: database, lane: lane, slots: slots, held: held, wake: wake,
            isDraining: { [self] in isDraining },
            work: { [self] hold in
                let job = Job(shard: hold.shard, lease: hold.lease, slots: slots, givesWay: hold.givesWay)
                return await work(on: job, queue: PostgresQueue(database: database))
            })
    }

    /// Sends a shard; one that can't be worked on goes back, for a while, so that it blocks nothing. Says how far it came.
    @discardableResult
    private func work(on job: Job, queue: PostgresQueue) async -> SlotLoop.Progress {
        let shard = job.shard
        var progress = SlotLoop.Progress(closed: shard.closed)
        do {
            try await send(job, queue: queue, &progress)
        } catch {
            onTrouble(shard, error)
            // A database that was away is no fault of the shard's.
            let pause: Duration = if case StorageError.connectionLost = error { .zero } else { .seconds(5) }
            var isReturned = false
            while !isReturned, !isDraining {
                do {
                    try await queue.release(shard: shard.id, token: shard.token, after: pause)
                    isReturned = true
                } catch {
                    await wake.wait(after: wake.generation, atMost: .milliseconds(500))
                }
            }
        }
        return progress
    }

    private func send(_ job: Job, queue: PostgresQueue, _ progress: inout SlotLoop.Progress) async throws {
        let shard = job.shard
        let context: CampaignContext
        let body: [UInt8]
        if let opened = job.opened {
            context = opened.context
            body = opened.body
        } else {
            context = try await contexts.context(for: shard.campaign)
            if !context.hasProviders { try await stopWithoutRoute(shard, context) }
            let sealed = try await WorkStore(database: database).body(shard: shard.body)
            body = try ShardCodec(key: context.key, campaign: ShardCodec.campaign(of: shard.body))
                .open(sealed, shard: shard.body, kind: .recipients)
        }
        let parts = try await contexts.currentParts()
        var run = ShardJob(
            shard, body: try ShardBody(body), context: context, parts: parts,
            surroundings: ShardJob.Surroundings(
                queue: queue, lease: job.lease, windowLimit: options.windowLimit, slots: job.slots,
                isDraining: { [self] in isDraining }, givesWay: job.givesWay, now: now,
                metrics: metrics, budgets: budgets),
            opening: job.opened?.grant)
        defer { progress = SlotLoop.Progress(closed: run.closed, provider: run.provider) }
        // A stream, whose messages have their own time, ends with its day.
        guard try await run.run() == .done else { return }
        if context.isOrdered, try await StreamStore(database: database).giveTurns(after: shard.body) > 0 {
            wake.signal()
        }
        if shard.expiresAt == nil {
            _ = try await WorkStore(database: database).endIfDone(campaign: shard.campaign)
        }
    }

    /// Nobody can send: the campaign waits for a person instead of failing for everybody. Its steps then
    /// open no window.
    private func stopWithoutRoute(_ shard: ClaimedShard, _ context: CampaignContext) async throws {
        try await CampaignStore(database: database).stop(
            shard.campaign,
            note: "No usable provider serves \(context.channel.rawValue) for this tenant. "
                + "`herald route add --help` shows how to add one; then `herald campaign resume \(shard.campaign)`.")
    }
}

/// A shard in a slot or in the fast lane, with what it goes by.
private struct Job: Sendable {
    let shard: ClaimedShard
    let lease: Lease
    let slots: SlotCount
    var givesWay: @Sendable (_ windows: Int) async -> Bool = { _ in false }
    var opened: Opened?
}

/// A shard that was opened as it was accepted: all that the database would be asked for.
private struct Opened: Sendable {
    let body: [UInt8]
    let context: CampaignContext
    let grant: WindowGrant
}

extension Worker: SendingLane {
    package func turn() -> SendingTurn? {
        guard !isDraining, let registration = heartbeat.withLock({ $0 })?.registration, registration.lease.isValid
        else { return nil }
        return SendingTurn(
            worker: registration.worker, held: held,
            reserve: { [self] lane, tenant in sending(lane).reserve(for: tenant) },
            giveBack: { [self] lane, tenant in sending(lane).giveBack(tenant) },
            context: { [contexts] campaign in
                guard let context = try? await contexts.context(for: campaign), context.hasProviders else { return nil }
                return context
            },
            begin: { [self] shard, body, context, grant in
                held.insert([shard.id])
                let queue = PostgresQueue(database: shard.lane == .fast ? fastDatabase : database)
                sending(shard.lane).begin(for: shard.tenant) { [self] in
                    await work(
                        on: Job(
                            shard: shard, lease: registration.lease, slots: noSlots,
                            opened: Opened(body: body, context: context, grant: grant)),
                        queue: queue)
                    held.remove(shard.id)
                }
            })
    }

    private func sending(_ lane: Lane) -> FastLane { lane == .fast ? fastLane : promptLane }

    package func wakeWorkers() { wake.signal() }
}
