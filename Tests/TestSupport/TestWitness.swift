package import Senders
import Synchronization

/// Gives leave as it is told, and remembers the calls.
package final class TestWitness: CallWitness {
    private let mayCall: @Sendable () -> Bool
    private let seen = Mutex<(calls: [ProviderCall], began: Int)>(([], 0))

    package init(_ mayCall: @escaping @Sendable () -> Bool = { true }) { self.mayCall = mayCall }

    package var calls: [ProviderCall] { seen.withLock { $0.calls } }
    package var begun: Int { seen.withLock { $0.began } }

    package func leave() -> CallLeave { mayCall() ? .granted : .leaseOver }
    package func began() { seen.withLock { $0.began += 1 } }
    package func ended(_ call: ProviderCall) { seen.withLock { $0.calls.append(call) } }
}

extension Provider {
    /// For tests that have nothing to ask of the witness.
    package func send(
        _ batch: borrowing MessageBatch, mayStillSend: @escaping @Sendable () -> Bool
    ) async -> [Outcome] {
        await send(batch, witness: TestWitness(mayStillSend))
    }
}
