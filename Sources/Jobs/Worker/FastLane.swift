import Domain
import Ingest
import Storage
import Synchronization

/// Sends shards that were opened as they were accepted, each in a task of its own and without asking the database
/// first. Shares code with bulk work, but not its slots.
final class FastLane: Sendable {
    private struct State {
        var inFlight = 0
        var byTenant: [Int64: Int] = [:]
        var isClosed = false
        var idle: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    /// More than this many shards wait in the database instead: memory stays bounded while a provider hangs.
    private let capacity: Int
    /// And more than this many of one tenant: whoever sends a lot waits for the slots, where turns are fair.
    private let share: Int
    private let priority: TaskPriority?

    init(capacity: Int, share: Int? = nil, priority: TaskPriority? = nil) {
        self.capacity = capacity
        self.share = share ?? capacity
        self.priority = priority
    }

    /// Whether one more may be sent; its place is kept until it has ended or is given back.
    func reserve(for tenant: Int64) -> Bool {
        state.withLock { state in
            let own = state.byTenant[tenant, default: 0]
            guard !state.isClosed, state.inFlight < capacity, own < share else { return false }
            state.inFlight += 1
            state.byTenant[tenant] = own + 1
            return true
        }
    }

    func giveBack(_ tenant: Int64) {
        let idle = state.withLock { state in
            state.inFlight -= 1
            let own = state.byTenant[tenant, default: 1] - 1
            state.byTenant[tenant] = own == 0 ? nil : own
            guard state.inFlight == 0 else { return [] as [CheckedContinuation<Void, Never>] }
            defer { state.idle.removeAll() }
            return state.idle
        }
        for continuation in idle { continuation.resume() }
    }

    /// In a place that was reserved.
    func begin(for tenant: Int64, _ work: @escaping @Sendable () async -> Void) {
        Task(priority: priority) {
            await work()
            giveBack(tenant)
        }
    }

    /// Takes no more; returns once everything that was begun has ended.
    func close() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.isClosed = true
                if state.inFlight == 0 { return true }
                state.idle.append(continuation)
                return false
            }
            if isIdle { continuation.resume() }
        }
    }
}
