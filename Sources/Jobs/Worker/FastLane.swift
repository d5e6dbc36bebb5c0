import Domain
import Ingest
import Storage
import Synchronization

/// Sends shards that were opened as they were accepted, each in a task of its own and without asking the database
/// first. Shares code with bulk work, but neither its connections nor its slots.
final class FastLane: Sendable {
    private struct State {
        var inFlight = 0
        var isClosed = false
        var idle: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    /// More than this many shards wait in the database instead: memory stays bounded while a provider hangs.
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    var room: Int { state.withLock { $0.isClosed ? 0 : capacity - $0.inFlight } }
    var inFlight: Int { state.withLock { $0.inFlight } }

    func begin(_ work: @escaping @Sendable () async -> Void) {
        state.withLock { $0.inFlight += 1 }
        Task(priority: .high) {
            await work()
            let idle = state.withLock { state in
                state.inFlight -= 1
                guard state.inFlight == 0 else { return [] as [CheckedContinuation<Void, Never>] }
                defer { state.idle.removeAll() }
                return state.idle
            }
            for continuation in idle { continuation.resume() }
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
