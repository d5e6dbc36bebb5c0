import Senders
import Synchronization

/// How many shards may be in work: those that were given, and one more for each that waits for a provider that fell sick
/// under it. A window that hangs ends with its time-outs and not before; without another slot in its stead
/// traffic that could go elsewhere would hang with it.
final class SlotCount: Sendable {
    private struct Wait {
        let gate: ProviderGate
        /// Once the provider was out, what began before is taken to hang until it ends.
        var hangs = false
    }

    private struct State {
        var nextID = 0
        var waits: [Int: Wait] = [:]
    }

    private let given: Int
    /// Each holds a shard in memory, and a sick provider must not cost more than that.
    private let most: Int
    private let state = Mutex(State())

    init(given: Int) {
        self.given = given
        most = given * 8
    }

    /// A slot waits for a provider's answers while the body runs.
    func wait<T>(for gate: ProviderGate, _ body: () async -> T) async -> T {
        let id = state.withLock { state in
            state.nextID += 1
            state.waits[state.nextID] = Wait(gate: gate)
            return state.nextID
        }
        let value = await body()
        state.withLock { _ = $0.waits.removeValue(forKey: id) }
        return value
    }

    /// A quarter more is for tenants that have nothing in work: they need not wait for another tenant's slow windows.
    func room(now: ContinuousClock.Instant = .now) -> FairChoice.Room {
        state.withLock { state in
            for (id, wait) in state.waits where !wait.hangs {
                if wait.gate.isOut(now: now) { state.waits[id]?.hangs = true }
            }
            let hanging = state.waits.values.count { $0.hangs }
            return FairChoice.Room(slots: min(given + hanging, most), spare: max(1, given / 4))
        }
    }
}
