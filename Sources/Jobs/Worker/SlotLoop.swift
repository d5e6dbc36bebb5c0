import Domain
import Ingest
import Storage

/// Keeps the slots of one lane at work: gets shards from the desk as slots come free, and hands each to a task of its own.
final class SlotLoop: Sendable {
    /// A shard in a slot, and what it must know of the loop.
    struct Hold: Sendable {
        let shard: ClaimedShard
        let lease: Lease
        let givesWay: @Sendable (_ windows: Int) async -> Bool
    }

    /// How far a shard came, and through whom.
    struct Progress: Sendable {
        var closed: Int
        var provider: Int64?
    }

    private let database: Database
    private let desk: ShardDesk
    private let slots: SlotCount
    private let priority: TaskPriority?
    /// From others: something changed in the queue, or the worker drains.
    private let wake: WakeSignal
    /// The loop's own: that, or a slot came free.
    private let change = WakeSignal()
    /// Of all lanes of the process.
    private let held: HeldShards
    private let isDraining: @Sendable () -> Bool
    private let work: @Sendable (Hold) async -> Progress

    init(
        database: Database, lane: Lane, slots: SlotCount, held: HeldShards, wake: WakeSignal,
        isDraining: @escaping @Sendable () -> Bool, work: @escaping @Sendable (Hold) async -> Progress
    ) {
        self.database = database
        self.held = held
        desk = ShardDesk(queue: PostgresQueue(database: database), lane: lane)
        self.slots = slots
        priority = lane == .fast ? .high : nil
        self.wake = wake
        self.isDraining = isDraining
        self.work = work
    }

    /// Runs until the worker drains and all slots are free.
    func run(_ heartbeat: Heartbeat) async {
        let relay = Task { await self.relay() }
        await withDiscardingTaskGroup { group in
            var mayHoldMore = false
            while !isDraining() {
                let generation = change.generation
                let pause: Duration
                do {
                    if mayHoldMore { try await giveBackUnknown(heartbeat.registration.worker) }
                    mayHoldMore = false
                    let holds = try await claim(heartbeat.registration)
                    for hold in holds {
                        FaultPoint.afterClaim.pass()
                        group.addTask(executorPreference: hold.shard.executor, priority: priority) {
                            await self.occupy(hold)
                        }
                    }
                    if !holds.isEmpty { continue }
                    pause = await desk.pause(slots.room())
                } catch {
                    // The database is away: look again. Its answer may have been a shard.
                    mayHoldMore = true
                    pause = .milliseconds(500)
                }
                await change.wait(after: generation, atMost: pause)
            }
        }
        relay.cancel()
        await relay.value
    }

    private func relay() async {
        var seen = wake.generation
        while !Task.isCancelled {
            await wake.wait(after: seen, atMost: .seconds(1))
            guard wake.generation != seen || isDraining() else { continue }
            seen = wake.generation
            await desk.wake()
            change.signal()
            if isDraining() { return }
        }
    }

    private func claim(_ registration: Heartbeat.Registration) async throws -> [Hold] {
        guard registration.lease.isValid else { return [] }
        FaultPoint.beforeClaim.pass()
        let shards = try await desk.next(worker: registration.worker, room: slots.room())
        held.insert(shards.map(\.id))
        return shards.map { shard in
            Hold(shard: shard, lease: registration.lease) { [desk, slots] windows in
                await desk.givesWay(shard, windows: windows, room: slots.room())
            }
        }
    }

    private func occupy(_ hold: Hold) async {
        let progress = await work(hold)
        held.remove(hold.shard.id)
        await desk.finished(hold.shard, closed: progress.closed, provider: progress.provider)
        change.signal()
    }

    private func giveBackUnknown(_ worker: Int64) async throws {
        _ = try await WorkerStore(database: database).giveBack(worker: worker, except: held.all)
    }
}

extension ClaimedShard {
    /// What came as a file gives way, thread by thread, to what came one by one.
    fileprivate var executor: (any TaskExecutor)? { lane == .bulk ? BulkExecutor.sending : nil }
}
