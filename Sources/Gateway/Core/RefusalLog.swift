import Domain
import Storage
import Synchronization

/// Writes down who was refused what. Bounded: whoever is refused a thousand times a second leaves a few lines and a
/// count, not a full disk.
package final class RefusalLog: Sendable {
    private struct State {
        var second: Int64 = 0
        var written = 0
    }

    private let store: AuditStore
    private let state = Mutex(State())
    private static let mostPerSecond = 10

    package init(store: AuditStore) { self.store = store }

    func note(_ refusal: AccessRefusal, caller: Caller, address: String, operation: String) async {
        let second = Timestamp.now.micros / 1_000_000
        let isWritten = state.withLock { state in
            if state.second != second { state = State(second: second) }
            state.written += 1
            return state.written <= Self.mostPerSecond
        }
        guard isWritten else { return }
        try? await store.add([
            AuditEntry(
                "access.refuse", operation, by: AuditOrigin(actor: caller.shownKey, origin: address),
                tenant: caller.tenant, after: ["rule": .string(refusal.rule), "text": .string(refusal.text)])
        ])
    }
}
