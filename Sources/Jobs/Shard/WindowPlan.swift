import Domain
import Senders

/// Who goes where in the next window, and who must wait: made before the window is opened, from each recipient's way
/// and from what the providers' gates let through.
///
/// Where all go the same way the window is as long as the gate lets it be. Where they go several ways it is opened for
/// all, and those whose provider takes nothing now wait on their own: a slow provider must not hold up the others.
struct WindowPlan {
    struct Place {
        let item: RetryItem
        let path: Int
    }

    /// Messages that stand at the same step of the same way.
    private struct Group: Hashable {
        let path: Int
        let step: Int
        let isAgain: Bool
    }

    private(set) var places: [Place] = []
    /// How long to wait before asking again, where nobody may go.
    private(set) var wait: Duration = .zero
    /// Whether others of the campaign may go on meanwhile.
    private(set) var isAboutThese = false
    private var reaches: [Group: WindowReach] = [:]
    /// The group of the last one that was admitted.
    private var current: (group: Group, reach: WindowReach)?

    static let nothing = WindowPlan()

    private init() {}

    var count: Int { places.count }

    /// Nobody can send, or may, for so long.
    static func waiting(_ time: Duration) -> WindowPlan {
        var plan = WindowPlan()
        plan.wait = time
        return plan
    }

    /// Without asking anybody.
    static func all(_ places: [Place]) -> WindowPlan {
        var plan = WindowPlan()
        plan.places = places
        return plan
    }

    /// Nobody waits beyond the end of the messages' time.
    func within(_ remaining: Duration) -> WindowPlan {
        var plan = self
        plan.wait = min(wait, remaining)
        return plan
    }

    /// `candidates` are the next recipients in their order; `region` says where one of them is.
    static func ask(
        _ candidates: [Place], along paths: MessagePaths, lane: ProviderGate.Lane, region: (RetryItem) -> Region
    ) -> WindowPlan {
        var plan = WindowPlan()
        plan.places.reserveCapacity(candidates.count)
        var counts: [Group: Int] = [:]
        // Neighbours mostly go the same way: the books are opened only where one does not.
        var group: Group?
        var (count, size) = (0, 0)
        for place in candidates {
            let own = Self.group(of: place)
            if own != group {
                if let group { counts[group] = count }
                group = own
                count = counts[own, default: 0]
                size = paths[place.path].step(own.step)?.provider.window.size ?? .max
            }
            // A window takes about a second: no provider gets more of it than it sends in one.
            if count >= size { break }
            count += 1
            plan.places.append(place)
        }
        if let group { counts[group] = count }
        for (group, count) in counts {
            let path = paths[group.path]
            // Nobody is asked for them: they end.
            if path.isUnreachable {
                plan.reaches[group] = WindowReach(count: count, turn: group.step, stead: group.step)
                continue
            }
            guard !path.steps.isEmpty else {
                plan.reaches[group] = WindowReach(count: 0, wait: Self.withoutProvider, isAboutThese: counts.count > 1)
                continue
            }
            // Beyond the end of its way: the route decides what becomes of it.
            guard group.step < path.steps.count else {
                plan.reaches[group] = WindowReach(count: count, turn: group.step, stead: group.step)
                continue
            }
            plan.reaches[group] = WindowReach.ask(
                path.providers, from: group.step, wanted: count, retries: group.isAgain, lane: lane
            ) { count in
                plan.places.lazy.filter { Self.group(of: $0) == group }.prefix(count).map { region($0.item) }
            }
        }
        return plan.shortened()
    }

    private static let withoutProvider: Duration = .seconds(1)

    private func shortened() -> WindowPlan {
        var plan = self
        if reaches.values.allSatisfy({ $0.count == 0 }) {
            plan.places = []
            plan.wait = reaches.values.map(\.wait).min() ?? .zero
            plan.isAboutThese = reaches.values.contains(where: \.isAboutThese)
        } else if reaches.count == 1, let only = reaches.values.first {
            plan.places.removeLast(max(0, places.count - only.count))
        }
        return plan
    }

    private static func group(of place: Place) -> Group {
        Group(path: place.path, step: place.item.position.step, isAgain: place.item.position.tries > 1)
    }

    /// Takes a place in the window for the next one of a group: the step to send it to now, or how long it waits.
    mutating func admit(_ place: Place) -> Admission {
        let group = Self.group(of: place)
        if current?.group != group {
            if let current { reaches[current.group] = current.reach }
            guard let reach = reaches[group] else { return .go(step: group.step) }
            current = (group, reach)
        }
        guard let reach = current?.reach, reach.count > 0 else {
            return .wait(max(current?.reach.wait ?? .zero, .milliseconds(50)))
        }
        current?.reach.count -= 1
        return .go(step: reach.stead)
    }

    enum Admission {
        case go(step: Int)
        case wait(Duration)
    }
}

extension MessagePath {
    func step(_ number: Int) -> Step? { number < steps.count ? steps[number] : nil }
}
