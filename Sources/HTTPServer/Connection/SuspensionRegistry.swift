private import Synchronization

/// Every connection of a server that sleeps now. The server library must not be stopped while one
/// does, so stopping wakes them all and lets no further one fall asleep.
final class SuspensionRegistry: Sendable {
    private struct State {
        var sleeping: [ObjectIdentifier: Suspension] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// False once the registry is closed: the connection must then be woken at once.
    func insert(_ suspension: Suspension) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.sleeping[ObjectIdentifier(suspension)] = suspension
            return true
        }
    }

    func remove(_ suspension: Suspension) {
        _ = state.withLock { $0.sleeping.removeValue(forKey: ObjectIdentifier(suspension)) }
    }

    func close() {
        let sleeping = state.withLock { state in
            state.isClosed = true
            return Array(state.sleeping.values)
        }
        for suspension in sleeping { suspension.resume() }
    }
}
