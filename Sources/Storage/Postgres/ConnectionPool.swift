import Domain
import Synchronization

/// Hands out connections one at a time each, first come first served, with a bound on the waiting. Whoever takes one gets
/// one that was his last time, if there is: to become another costs a round trip.
final class ConnectionPool: Sendable {
    private struct State {
        /// With whose they were last; nil is the owner. The last that came back is at the end.
        var idle: [(connection: PostgresConnection, tenant: Int64?)]
        var waiting: [(id: Int, continuation: CheckedContinuation<PostgresConnection, any Error>)] = []
        var nextID = 0

        mutating func take(for tenant: Int64?) -> PostgresConnection? {
            if let place = idle.lastIndex(where: { $0.tenant == tenant }) { return idle.remove(at: place).connection }
            // Of the others the one that has rested longest: its owner is least likely to come back.
            return idle.isEmpty ? nil : idle.removeFirst().connection
        }
    }

    private let all: [PostgresConnection]
    private let state: Mutex<State>

    init(_ connections: [PostgresConnection]) {
        all = connections
        // The first one first, as long as it is enough.
        state = Mutex(State(idle: connections.reversed().map { ($0, nil) }))
    }

    func take(for tenant: Int64?, within limit: Duration) async throws -> PostgresConnection {
        if let connection = state.withLock({ $0.take(for: tenant) }) { return connection }
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
                if let connection = state.take(for: tenant) { return connection as PostgresConnection? }
                state.waiting.append((id, continuation))
                return nil
            }
            if let connection { continuation.resume(returning: connection) }
        }
    }

    func give(back connection: PostgresConnection, of tenant: Int64?) {
        let next = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.idle.append((connection, tenant))
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
