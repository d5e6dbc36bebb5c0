private import Dispatch
internal import Synchronization

/// What the server library's callbacks see of a server: what decides on requests, the limits, the sleepers, and how
/// many connections are open.
final class ServerCore: Sendable {
    let options: HTTPServer.Options
    let plan: HTTPServer.Planner
    let registry = SuspensionRegistry()
    let webSockets = WebSocketLoop()
    let addresses: AddressCount
    let eventStreams = Atomic<Int>(0)
    private let open = Atomic<Int>(0)
    private let draining = Atomic<Bool>(false)
    private let drained = DispatchSemaphore(value: 0)

    init(options: HTTPServer.Options, plan: @escaping HTTPServer.Planner) {
        self.options = options
        self.plan = plan
        addresses = AddressCount(limit: options.maxConnectionsPerAddress, exempt: options.proxies)
    }

    /// No answer keeps its connection any more.
    var isDraining: Bool { draining.load(ordering: .relaxed) }
    func startDraining() { draining.store(true, ordering: .sequentiallyConsistent) }

    func opened() { open.add(1, ordering: .relaxed) }

    func closed() {
        if open.subtract(1, ordering: .acquiringAndReleasing).newValue == 0, isDraining { drained.signal() }
    }

    /// Waits until every connection has ended, at most that long. False where some are still open.
    func drain(for grace: Duration) -> Bool {
        let deadline = DispatchTime.now() + .nanoseconds(Int(grace / .nanoseconds(1)))
        while open.load(ordering: .acquiring) > 0 {
            if drained.wait(timeout: deadline) == .timedOut { return open.load(ordering: .acquiring) == 0 }
        }
        return true
    }
}
