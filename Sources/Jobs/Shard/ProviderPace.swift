import Domain
import Synchronization

/// How fast a provider is fed, as learnt from its own answers. All jobs of a process share one for each
/// provider and ask before they open a window, so that a limit costs a wait and not a failed try for each
/// recipient, and a slow provider holds work back instead of piling it up.
///
/// A few refusals among many messages are about their recipients, who wait on their own: one that is
/// throttled for ever must not slow a campaign down to its pace.
///
/// free -> limited (it throttled: what it took becomes the allowance of a second) -> free (the allowance
/// grew, second by second without a refusal, beyond any window).
package final class ProviderPace: Sendable {
    package enum Answer: Sendable, Hashable {
        /// Up to so many may be sent now.
        case send(Int)
        case wait(Duration)
    }

    private struct State {
        /// Allowed in each second; nil where no limit is known.
        var allowance: Int?
        var secondEnds: ContinuousClock.Instant
        var left = 0
        var takenThisSecond = 0
        var throttledThisSecond = 0
        var wasRefused = false
        var closedUntil: ContinuousClock.Instant
        var window: WindowSize

        var isLimited: Bool {
            throttledThisSecond >= ProviderPace.fewest && throttledThisSecond * 8 >= takenThisSecond
        }
    }

    /// Refusals in a second that are taken for a limit of the provider. A limit of one a second is found with
    /// so many messages too many.
    private static let fewest = 5

    /// From here on a limit is as good as none.
    private static let free = 100_000

    private let state: Mutex<State>

    /// What is not known yet is not trusted with much.
    package static let firstWindow = 50

    package init(now: ContinuousClock.Instant = .now, firstWindow: Int = ProviderPace.firstWindow) {
        state = Mutex(State(secondEnds: now, closedUntil: now, window: WindowSize(first: firstWindow)))
    }

    /// How many recipients a window may take, at most.
    var windowSize: Int { state.withLock { $0.window.size } }

    /// A window took so long.
    func windowTook(_ time: Duration, for count: Int) { state.withLock { $0.window.took(time, for: count) } }

    /// Asks for leave to send up to `wanted`.
    package func ask(_ wanted: Int, now: ContinuousClock.Instant = .now) -> Answer {
        state.withLock { state in
            if now < state.closedUntil { return .wait(now.duration(to: state.closedUntil)) }
            guard state.allowance != nil else { return .send(wanted) }
            if now >= state.secondEnds { Self.startSecond(&state, now) }
            guard state.allowance != nil else { return .send(wanted) }
            guard state.left > 0 else { return .wait(now.duration(to: state.secondEnds)) }
            let granted = min(wanted, state.left)
            state.left -= granted
            return .send(granted)
        }
    }

    /// Says what came of what was sent.
    package func report(taken: Int, throttled: Int, after wait: Duration, now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            // While nothing is limited nobody else begins the second.
            if state.allowance == nil, now >= state.secondEnds { Self.startSecond(&state, now) }
            state.takenThisSecond += taken
            state.throttledThisSecond += throttled
            guard throttled > 0, state.isLimited else { return }
            state.wasRefused = true
            state.allowance = max(1, min(state.allowance ?? .max, state.takenThisSecond))
            state.left = 0
            state.closedUntil = max(state.closedUntil, now + wait)
            state.secondEnds = max(state.secondEnds, state.closedUntil)
        }
    }

    private static func startSecond(_ state: inout State, _ now: ContinuousClock.Instant) {
        if let allowance = state.allowance, !state.wasRefused {
            let grown = allowance + max(1, allowance / 4)
            state.allowance = grown > free ? nil : grown
        }
        state.wasRefused = false
        state.takenThisSecond = 0
        state.throttledThisSecond = 0
        state.left = state.allowance ?? 0
        state.secondEnds = now + .seconds(1)
    }
}
