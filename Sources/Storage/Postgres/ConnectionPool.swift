import Domain
import Synchronization

/// Hands out connections one at a time each, first come first served, with a bound on the waiting.
final class ConnectionPool: Sendable {
    private struct State {
        var idle: [PostgresConnection]
        var waiting: [(id: Int, continuation: CheckedContinuation<PostgresConnection, any Error>)] = []
        var nextID = 0
    }

    private let all: [PostgresConnection]
    private let state: Mutex<State>

    init(_ connections: [PostgresConnection]) {
        all = connections
        state = Mutex(State(idle: connections))
    }

    func take(within limit: Duration) async throws -> PostgresConnection {
        if let connection = state.withLock({ $0.idle.popLast() }) { return connection }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let timer = Task { [weak self] in
            try await Task.sleep(for: limit)
            self?.giveUp(id, waited: limit)
        }
        defer { timer.cancel() }
        return try await withCheckedThrowingContinuation { continuation in
            let connection = state.withLock { state in
                if let connection = state.idle.popLast() { return connection as PostgresConnection? }
                state.waiting.append((id, continuation))
                return nil
            }
            if let connection { continuation.resume(returning: connection) }
        }
    }

    func give(back connection: PostgresConnection) {
        let next = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.idle.append(connection)
                return nil as CheckedContinuation<PostgresConnection, any Error>?
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: connection)
    }

    var usage: (inUse: Int, waiting: Int, size: Int) {
        let (idle, waiting) = state.withLock { ($0.idle.count, $0.waiting.count) }
        return (all.count - idle, waiting, all.count)
    }

    func close() async {
        for connection in all { await connection.close() }
    }

    private func giveUp(_ id: Int, waited: Duration) {
        let continuation = state.withLock { state in
            state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0).continuation }
        }
        continuation?.resume(throwing: StorageError.poolExhausted(waited: waited))
    }
}
