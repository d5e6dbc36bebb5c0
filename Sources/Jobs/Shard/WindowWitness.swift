import Senders
import Synchronization

/// A window's leave to call a provider: as long as the worker's lease holds and the provider is not out. Tells the
/// provider's gate of every call, and writes down those that left.
final class WindowWitness: CallWitness {
    private let lease: Lease
    private let gate: ProviderGate
    private let log: WindowCallLog?
    /// Calls that were refused and have not ended: their end says nothing about the provider.
    private let refused = Atomic(0)

    init(lease: Lease, gate: ProviderGate, log: WindowCallLog?) {
        self.lease = lease
        self.gate = gate
        self.log = log
    }

    func leave() -> CallLeave {
        FaultPoint.midRequest.pass()
        let leave: CallLeave = !lease.isValid ? .leaseOver : gate.mayCall() ? .granted : .providerOut
        if leave != .granted { refused.add(1, ordering: .relaxed) }
        return leave
    }

    func began() { gate.began() }

    func ended(_ call: ProviderCall) {
        let wasRefused = call.kind == .notSent && call.status == 0 && takeRefusal()
        gate.ended(wasRefused ? nil : CallEnd(call), after: call.duration)
        if !wasRefused { log?.note(call) }
    }

    private func takeRefusal() -> Bool {
        var count = refused.load(ordering: .relaxed)
        while count > 0 {
            let (isDone, seen) = refused.compareExchange(
                expected: count, desired: count - 1, ordering: .relaxed)
            if isDone { return true }
            count = seen
        }
        return false
    }
}
