import Domain
private import Synchronization

/// What stands between this process's jobs and one provider account: shared by all of them, asked before a window
/// is opened and before each call. Composes what must be decided at once: whether the provider is well, how much
/// of it this process may use, how much it takes, and how many repeats it can bear.
package final class ProviderGate: Sendable {
    package enum Lane: Sendable, Hashable { case critical, bulk }

    package enum Answer: Sendable, Hashable {
        /// Up to so many may be sent now.
        case send(Int)
        /// A limit is used up for now; another provider would not be a better one.
        case wait(Duration)
        /// Repeats have used up what a sick provider can bear; what is sent for the first time may still go.
        case park(Duration)
        /// Nothing goes through this provider before: send through another one, or wait.
        case out(until: ContinuousClock.Instant)
    }

    package let provider: Int64
    package let settings: LimitSettings
    private let state: Mutex<GateState>
    private let inFlightLimit: Atomic<Int>

    package init(
        provider: Int64 = 0, settings: LimitSettings = LimitSettings(), now: ContinuousClock.Instant = .now
    ) {
        self.provider = provider
        self.settings = settings
        let state = GateState(provider: provider, settings: settings, now: now)
        inFlightLimit = Atomic(state.concurrency.allowed)
        self.state = Mutex(state)
    }

    // MARK: Before a window

    /// Asks for leave to send up to `wanted` messages to one destination, or to any. `retries` says that they were
    /// tried here before.
    package func ask(
        _ wanted: Int, lane: Lane = .bulk, destination: Region = .none, retries: Bool = false,
        now: ContinuousClock.Instant = .now
    ) -> Answer {
        state.withLock { $0.ask(wanted, lane, destination, retries: retries, now) }
    }

    /// Whether any destination has a limit of its own: only then does it matter where messages go.
    package var limitsDestinations: Bool { !settings.destinations.isEmpty }

    /// Asks for messages in this order, each to its destination: as many from the start as all limits allow.
    package func ask(
        run: some Sequence<Region>, lane: Lane = .bulk, retries: Bool = false, now: ContinuousClock.Instant = .now
    ) -> Answer {
        state.withLock { $0.ask(run: run, lane, retries: retries, now) }
    }

    /// Says what came of what was sent: `throttled` messages were refused because of a limit.
    package func report(taken: Int, throttled: Int, after wait: Duration, now: ContinuousClock.Instant = .now) {
        state.withLock { $0.learnt.report(taken: taken, throttled: throttled, after: wait, now: now) }
    }

    /// Takes what a batch was answered, of which so many that the address is dead. False: that is too often to be true,
    /// and none of them may be struck off.
    package func believes(dead: Int, of answers: Int, now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { $0.brake.take(dead: dead, of: answers, now) }
    }

    // MARK: Around a call

    /// Whether a call may begin, although its messages were let through a while ago.
    package func mayCall(now: ContinuousClock.Instant = .now) -> Bool { state.withLock { $0.mayCall(now) } }

    /// A call is under way: before its connection is made, so that one that hangs is noticed.
    package func began(now: ContinuousClock.Instant = .now) { state.withLock { $0.began(now) } }

    /// It has ended; exactly once for each that began. Nil where it was given up before it said anything.
    package func ended(_ end: CallEnd?, after latency: Duration, now: ContinuousClock.Instant = .now) {
        let allowed = state.withLock { $0.ended(end, after: latency, now) }
        inFlightLimit.store(allowed, ordering: .relaxed)
    }

    /// How many calls may be under way at a time; for transports, at no cost.
    package var allowedInFlight: Int { inFlightLimit.load(ordering: .relaxed) }

    // MARK: In the course of time

    /// Notices what only time can tell: silence, the end of a hold. Called every tenth of a second.
    package func check(now: ContinuousClock.Instant = .now) { state.withLock { $0.breaker.check(now) } }

    /// A person takes the provider out, or back in. In effect at once.
    package func takeOut(_ isOut: Bool, now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            guard (state.outSince != nil) != isOut else { return }
            state.outSince = isOut ? now : nil
        }
    }

    /// Whether nothing goes through the provider at the moment.
    package func isOut(now: ContinuousClock.Instant = .now) -> Bool { state.withLock { $0.isOut(now) } }

    /// How long a message waits that was refused because the provider is out.
    package func untilNextProbe(now: ContinuousClock.Instant = .now) -> Duration {
        state.withLock { $0.untilNextProbe(now) }
    }

    package func standing(now: ContinuousClock.Instant = .now) -> ProviderStanding {
        state.withLock { $0.standing(now) }
    }

    /// What this process wants of each limit since it was last asked.
    package func demand(now: ContinuousClock.Instant = .now) -> [LimitKey: Demand] {
        state.withLock { $0.limits.demand(now) }
    }

    /// Takes the shares that were settled; `asked` is when the demand left.
    package func accept(
        _ grants: [LimitKey: Grant], asked: ContinuousClock.Instant, now: ContinuousClock.Instant = .now
    ) {
        state.withLock { $0.limits.accept(grants, asked: asked, now: now) }
    }
}
