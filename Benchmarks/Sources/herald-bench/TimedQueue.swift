import Jobs
import Storage
import Synchronization

/// A queue that counts how often it is looked into, and how long that takes.
final class TimedQueue: ShardQueue {
    private let base: PostgresQueue
    private let total = Mutex<(count: Int, time: Duration)>((0, .zero))

    init(base: PostgresQueue) { self.base = base }

    var looks: (count: Int, time: Duration) { total.withLock { $0 } }

    func waiting(lane: Lane, within time: Duration) async throws -> [WaitingWork] {
        let start = ContinuousClock.now
        let found = try await base.waiting(lane: lane, within: time)
        let spent = start.duration(to: .now)
        total.withLock { $0 = ($0.count + 1, $0.time + spent) }
        return found
    }

    func claim(worker: Int64, lane: Lane, orders: [ClaimOrder], limit: Int) async throws -> [ClaimedShard] {
        try await base.claim(worker: worker, lane: lane, orders: orders, limit: limit)
    }

    func step(_ step: WindowStep) async throws -> WindowGrant { try await base.step(step) }
    func keepLate(_ step: WindowStep) async throws { try await base.keepLate(step) }
    func release(shard: Int64, token: Int64, after delay: Duration) async throws {
        try await base.release(shard: shard, token: token, after: delay)
    }
    func rest(campaign: Int64, for delay: Duration) async throws { try await base.rest(campaign: campaign, for: delay) }
    func rescue(worker: Int64) async throws -> Int { try await base.rescue(worker: worker) }
}
