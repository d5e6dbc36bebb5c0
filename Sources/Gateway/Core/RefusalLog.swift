import Domain
import Storage
import Synchronization

/// Writes down who was refused what. Bounded: whoever is refused a thousand times a second leaves a few lines and a
/// count, neither a full disk nor a queue before the audit's chain. What is refused again and again for the same reason
/// is written once a minute, with how often it happened.
package final class RefusalLog: Sendable {
    private struct Refusal: Hashable {
        let tenant: Int64
        let actor: String
        let address: String
        let operation: String
        let rule: String
    }

    private struct State {
        var second: Int64 = 0
        var written = 0
        /// What was written within the last minute, and how often it came since.
        var known: [Refusal: (since: Int64, text: String, more: Int64)] = [:]
        var left: Int64 = 0
    }

    private let store: AuditStore
    private let state = Mutex(State())
    private static let mostPerSecond = 10
    private static let mostKnown = 1000
    private static let quietSeconds: Int64 = 60

    package init(store: AuditStore) { self.store = store }

    func note(_ refusal: AccessRefusal, caller: Caller, address: String, operation: String) async {
        let key = Refusal(
            tenant: caller.tenant, actor: caller.shownKey, address: address, operation: operation, rule: refusal.rule)
        let second = Timestamp.now.micros / 1_000_000
        let entries = state.withLock { state in Self.entries(for: key, refusal.text, second, &state) }
        guard !entries.isEmpty else { return }
        try? await store.add(entries)
    }

    /// What is still to be said, for the end of the process.
    package func close() async {
        let entries = state.withLock { state in
            defer { state.known = [:] }
            return state.known.compactMap { $1.more > 0 ? Self.entry($0, $1.text, more: $1.more) : nil }
        }
        try? await store.add(entries)
    }

    /// What of this is to be written now; counts of what has been quiet since come with it.
    private static func entries(
        for key: Refusal, _ text: String, _ second: Int64, _ state: inout State
    ) -> [AuditEntry] {
        if state.second != second {
            state.second = second
            state.written = 0
        }
        if let known = state.known[key], second - known.since < quietSeconds {
            state.known[key]?.more += 1
            return []
        }
        guard state.written < mostPerSecond else {
            state.left += 1
            return []
        }
        var entries: [AuditEntry] = []
        let over = state.known.filter { second - $0.value.since >= quietSeconds || state.known.count >= mostKnown }
        for (old, told) in over {
            state.known[old] = nil
            if told.more > 0, entries.count < mostPerSecond { entries.append(entry(old, told.text, more: told.more)) }
        }
        state.written += 1
        state.known[key] = (second, text, 0)
        entries.append(entry(key, text, more: 0, left: state.left))
        state.left = 0
        return entries
    }

    private static func entry(_ key: Refusal, _ text: String, more: Int64, left: Int64 = 0) -> AuditEntry {
        var after: JSONObject = ["rule": .string(key.rule), "text": .string(text)]
        if more > 0 { after["again"] = .int(more) }
        if left > 0 { after["others_not_written"] = .int(left) }
        return AuditEntry(
            "access.refuse", key.operation, by: AuditOrigin(actor: key.actor, origin: key.address), tenant: key.tenant,
            after: .object(after))
    }
}
