import Foundation
import Synchronization

/// A named place in a worker's life at which it can be told to die, for the proof that nothing is lost or
/// doubled: `HERALD_FAULT=after-reply:3` raises SIGKILL in the process the third time it comes there, and
/// `HERALD_FAULT=after-reply:3:stop` stops it (SIGSTOP) instead, to be woken after its lease.
///
/// Compiled in always, because what is proven should be the program that is shipped, and because a kill from outside
/// hits such a place only by luck. Where the variable is not set, a pass is one test of a constant for nil.
package enum FaultPoint: String, Sendable, CaseIterable {
    /// The worker is about to ask for a shard.
    case beforeClaim = "before-claim"
    /// It has one and knows, and nothing is open yet.
    case afterClaim = "after-claim"
    /// A window is open, and one more of its requests is about to leave.
    case midRequest = "mid-request"
    /// All answers of a window are there, and nothing of them is stored.
    case afterReply = "after-reply"
    /// A window is stored and the next one open, and nothing of that has left.
    case afterCommit = "after-commit"

    private static let armed = Armed(ProcessInfo.processInfo.environment["HERALD_FAULT"])

    package func pass() {
        if let armed = Self.armed { armed.pass(self) }
    }

    /// What the variable asks for.
    struct Order: Sendable, Hashable {
        let point: FaultPoint
        /// Which pass of the point, counted from 1.
        let pass: Int
        let signal: Int32

        /// Nil for what names no point: a typing mistake must not end a process at a place nobody meant.
        init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard let first = parts.first, let point = FaultPoint(rawValue: String(first)), parts.count <= 3 else {
                return nil
            }
            guard let pass = parts.count > 1 ? Int(parts[1]) : 1, pass > 0 else { return nil }
            guard parts.count < 3 || parts[2] == "stop" else { return nil }
            self.point = point
            self.pass = pass
            signal = parts.count == 3 ? SIGSTOP : SIGKILL
        }
    }

    private final class Armed: Sendable {
        private let order: Order
        private let passes = Atomic(0)

        init?(_ text: String?) {
            guard let order = text.flatMap({ Order($0) }) else { return nil }
            self.order = order
        }

        func pass(_ point: FaultPoint) {
            guard point == order.point, passes.add(1, ordering: .relaxed).newValue == order.pass else { return }
            kill(getpid(), order.signal)
        }
    }
}
