import Senders
import Synchronization

/// How many slots a worker runs: those it was given, and one more for each that waits for a provider that fell sick
/// under it. A window that hangs ends with its time-outs and not before; without the others' slots
/// traffic that could go elsewhere would hang with it.
final class SlotCount: Sendable {
    private struct Wait {
        let gate: ProviderGate
        /// Once the provider was out, what began before is taken to hang until it ends.
        var hangs = false
    }

    private struct State {
        var running: Int
        var nextID = 0
        var waits: [Int: Wait] = [:]

        var hanging: Int { waits.values.count { $0.hangs } }
    }

    private let given: Int
    /// Each holds a shard in memory, and a sick provider must not cost more than that.
    private let most: Int
    private let state: Mutex<State>

    init(given: Int) {
        self.given = given
        most = given * 8
        state = Mutex(State(running: given))
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

    /// Whether one more slot is to be started; it counts as running from then on.
    func addsOne(now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { state in
            for (id, wait) in state.waits where !wait.hangs {
                if wait.gate.isOut(now: now) { state.waits[id]?.hangs = true }
            }
            guard state.running - state.hanging < given, state.running < most else { return false }
            state.running += 1
            return true
        }
    }

    /// Whether a slot that has nothing in hand is one too many; it no longer counts as running then.
    func endsOne() -> Bool {
        state.withLock { state in
            guard state.running - state.hanging > given else { return false }
            state.running -= 1
            return true
        }
    }
}
