import Domain
import Senders
import Synchronization

/// A window's leave to call a provider: as long as the worker's lease holds, the messages' time is not over and the
/// provider is not out. A window can take longer than it was thought to: so each call asks. Tells the provider's gate
/// of every call, and writes down those that left.
final class WindowWitness: CallWitness {
    private let lease: Lease
    private let gate: ProviderGate
    private let expiresAt: Timestamp
    private let now: @Sendable () -> Timestamp
    private let log: WindowCallLog?
    private let meter: WindowMeter?
    /// Calls that were refused and have not ended: their end says nothing about the provider.
    private let refused = Atomic(0)

    init(
        lease: Lease, gate: ProviderGate, expiresAt: Timestamp, now: @escaping @Sendable () -> Timestamp,
        log: WindowCallLog?, meter: WindowMeter? = nil
    ) {
        self.lease = lease
        self.gate = gate
        self.expiresAt = expiresAt
        self.now = now
        self.log = log
        self.meter = meter
    }

    func leave() -> CallLeave {
        FaultPoint.midRequest.pass()
        let leave = decide()
        if leave != .granted { refused.add(1, ordering: .relaxed) }
        return leave
    }

    private func decide() -> CallLeave {
        if !lease.isValid { return .leaseOver }
        if now() >= expiresAt { return .expired }
        return gate.mayCall() ? .granted : .providerOut
    }

    func began() { gate.began() }

    func ended(_ call: ProviderCall) {
        let wasRefused = call.kind == .notSent && call.status == 0 && takeRefusal()
        gate.ended(wasRefused ? nil : CallEnd(call), after: call.duration)
        if wasRefused { return }
        log?.note(call)
        meter?.ended(call)
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
