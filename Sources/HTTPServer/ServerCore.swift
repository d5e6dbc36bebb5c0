private import Dispatch
private import Synchronization

/// What the server library's callbacks see of a server: the handler, the limits, the sleepers, and how
/// many requests are under way.
final class ServerCore: Sendable {
    let options: HTTPServer.Options
    let handler: HTTPServer.Handler
    let registry = SuspensionRegistry()
    private let underWay = Atomic<Int>(0)
    private let drained = DispatchSemaphore(value: 0)

    init(options: HTTPServer.Options, handler: @escaping HTTPServer.Handler) {
        self.options = options
        self.handler = handler
    }

    func began() { underWay.add(1, ordering: .relaxed) }

    func ended() {
        if underWay.subtract(1, ordering: .acquiringAndReleasing).newValue == 0, registry.isClosed { drained.signal() }
    }

    /// Waits until no request is under way, at most that long.
    func drain(for grace: Duration) {
        guard underWay.load(ordering: .acquiring) > 0 else { return }
        let nanoseconds = grace / .nanoseconds(1)
        _ = drained.wait(timeout: .now() + .nanoseconds(Int(nanoseconds)))
    }
}
