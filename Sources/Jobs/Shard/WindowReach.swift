import Domain
import Senders

/// How far the next window reaches, and through which provider it goes: the one whose turn it is, or, while that
/// one is out, the next on the route that lets anything through.
struct WindowReach: Sendable {
    var count: Int
    /// How long to wait before asking again; for a count of none.
    var wait: Duration = .zero
    /// Whether others of the campaign may go on meanwhile.
    var isAboutThese = false
    /// The provider whose turn it is, and the one that takes its place.
    var turn = 0
    var stead = 0

    /// Nobody is asked again later than this: a provider may be taken in by hand, or get well sooner than another
    /// process thinks.
    private static let longestWait: Duration = .seconds(5)

    /// Asks the providers of a route from one on. `regions` are the messages' destinations, in their order.
    static func ask(
        _ providers: [ProviderStep], from turn: Int, wanted: Int, retries: Bool, lane: ProviderGate.Lane,
        now: ContinuousClock.Instant = .now, regions: (Int) -> [Region]
    ) -> WindowReach {
        var soonest = longestWait
        for stead in turn..<max(turn, providers.count) {
            let provider = providers[stead]
            let count = min(wanted, provider.window.size)
            let isAgain = retries && stead == turn
            let answer =
                provider.gate.limitsDestinations
                ? provider.gate.ask(run: regions(count), lane: lane, retries: isAgain, now: now)
                : provider.gate.ask(count, lane: lane, retries: isAgain, now: now)
            switch answer {
            case .send(let count): return WindowReach(count: count, turn: turn, stead: stead)
            // A limit says nothing about the provider: it keeps its messages.
            case .wait(let time):
                let isAboutThese = turn > 0 || provider.gate.limitsDestinations
                return WindowReach(count: 0, wait: min(time, longestWait), isAboutThese: isAboutThese)
            case .park(let time): return WindowReach(count: 0, wait: time, isAboutThese: true)
            case .out(let until): soonest = min(soonest, now.duration(to: until))
            }
        }
        return WindowReach(count: 0, wait: max(soonest, .milliseconds(50)), isAboutThese: turn > 0)
    }
}
