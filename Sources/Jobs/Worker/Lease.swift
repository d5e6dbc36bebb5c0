import Domain
import Synchronization

/// A worker's right to send, by its own monotonic clock: each heartbeat that the database confirmed
/// extends it from the moment the beat was sent. Asked before every request to a provider. A worker
/// that was stopped and wakes up late finds it over. One belongs to one registration: once it was ended, it
/// never comes back, because somebody else may have what it was for.
package final class Lease: Sendable {
    private struct State {
        var deadline: ContinuousClock.Instant
        var isEnded = false
    }

    private let state: Mutex<State>
    private let clock: @Sendable () -> ContinuousClock.Instant

    package init(clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.clock = clock
        state = Mutex(State(deadline: clock()))
    }

    /// A beat that was sent at `sent` was confirmed.
    package func renew(sent: ContinuousClock.Instant, length: Duration) {
        state.withLock { $0.deadline = max($0.deadline, sent + length) }
    }

    package func end() { state.withLock { $0.isEnded = true } }

    package var isValid: Bool { state.withLock { !$0.isEnded && clock() < $0.deadline } }
}
