import Senders

/// A window's leave to call a provider: as long as the worker's lease holds.
struct WindowWitness: CallWitness {
    let lease: Lease

    func leave() -> CallLeave {
        FaultPoint.midRequest.pass()
        return lease.isValid ? .granted : .leaseOver
    }

    func began() {}

    func ended(_ call: ProviderCall) {}
}
