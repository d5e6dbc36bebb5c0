package import Domain
import Synchronization

/// A wall clock that moves when it is told to.
package final class ManualClock: Sendable {
    private let time: Mutex<Timestamp>

    package init(_ start: Timestamp = Timestamp(micros: 1_700_000_000_000_000)) { time = Mutex(start) }

    package func now() -> Timestamp { time.withLock { $0 } }
    package func pass(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}
