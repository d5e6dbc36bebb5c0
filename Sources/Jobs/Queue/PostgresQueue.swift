import Domain
import Storage

/// The default driver: the shards' rows themselves, claimed with `FOR UPDATE SKIP LOCKED`.
package struct PostgresQueue: ShardQueue {
    private let work: WorkStore
    private let workers: WorkerStore

    package init(database: Database) {
        work = WorkStore(database: database)
        workers = WorkerStore(database: database)
    }

    package func waiting(lane: Lane, within time: Duration) async throws -> [WaitingWork] {
        try await work.waiting(lane: lane, within: time)
    }

    package func claim(worker: Int64, lane: Lane, orders: [ClaimOrder], limit: Int) async throws -> [ClaimedShard] {
        try await work.claim(worker: worker, lane: lane, orders: orders, limit: limit)
    }

    /// A connection that breaks leaves open whether the step was stored. It is not given up then, because
    /// what it says about sent messages exists nowhere else: once the database is back, it is looked up
    /// and, if it is missing, stored.
    package func step(_ step: WindowStep) async throws -> WindowGrant {
        try await persistently { isRepeated in
            if isRepeated, let grant = try await storedGrant(of: step) { return grant }
            return try await work.step(step)
        }
    }

    /// Tries for as long as what stands in the way may pass; the fence makes a late repetition harmless.
    private func persistently<T: Sendable>(_ body: (_ isRepeated: Bool) async throws -> T) async throws -> T {
        let patience = ContinuousClock.now + .seconds(600)
        var isRepeated = false
        while true {
            do {
                return try await body(isRepeated)
            } catch let error as StorageError where error.mayPass && ContinuousClock.now < patience {
                isRepeated = true
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// What a step that turns out to be stored was granted; nil if it was not stored.
    private func storedGrant(of step: WindowStep) async throws -> WindowGrant? {
        guard let standing = try await work.standing(shard: step.shard, token: step.token) else {
            throw StorageError.fenced
        }
        guard standing.closed == step.closed, step.closed > step.from || standing.opened == step.open else {
            return nil
        }
        // Nobody knows what changed meanwhile: a reload that no transaction asked for makes sure.
        return WindowGrant(
            opened: standing.opened, campaignState: standing.campaign, horizon: step.horizon, reloads: [0], changed: [])
    }

    /// Kept twice is taken in once.
    package func keepLate(_ step: WindowStep) async throws {
        try await persistently { _ in try await work.keepLate(step) }
    }

    package func release(shard: Int64, token: Int64, after delay: Duration) async throws {
        try await work.release(shard: shard, token: token, after: delay)
    }

    package func rest(campaign: Int64, for delay: Duration) async throws {
        try await work.rest(campaign: campaign, for: delay)
    }

    package func rescue(worker: Int64) async throws -> Int { try await workers.rescue(worker: worker) }
}
