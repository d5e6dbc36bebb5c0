import Domain
import Senders

/// The way of a message: the providers in their order of trial, and what each is told as the sender. Many messages
/// of a shard share one. Objects, because they are looked at for every message and never change.
final class MessagePath: Sendable {
    final class Step: Sendable {
        let provider: ProviderStep
        let channel: Channel
        let sender: String

        init(provider: ProviderStep, channel: Channel, sender: String) {
            self.provider = provider
            self.channel = channel
            self.sender = sender
        }
    }

    let steps: [Step]
    /// The same providers as the rule that decides what follows an outcome; nil where there are none.
    let route: Route?
    /// How long a receipt is waited for before the next channel follows; nil where none does.
    let wait: Duration?

    init(_ steps: [Step], retry: RetryPolicy, wait: Duration? = nil) {
        self.steps = steps
        self.wait = wait
        route = Route(Array(repeating: retry, count: steps.count))
    }

    var providers: [ProviderStep] { steps.map(\.provider) }

    func channel(at step: Int) -> Channel? { self.step(step)?.channel }

    /// The first provider of the next channel, for a message that failed on this one.
    func nextChannel(after step: Int) -> Int? {
        guard step < steps.count else { return nil }
        return steps.indices.dropFirst(step + 1).first { steps[$0].channel != steps[step].channel }
    }

    /// Where a message stands that waited. The order of its providers may be another one by now, because the route was
    /// changed or because somebody is sick; then the new one comes with it, as places in `steps`. In that the provider
    /// it waits for stands where it stood: as many as before have had their turn, or the message would wander to and fro
    /// between two of them. If that provider is not on its way any more, it begins anew at the one in its place.
    func resumed(_ item: RetryItem) -> (position: RoutePosition, order: [Int]?) {
        var position = item.position
        guard item.provider != 0, !steps.isEmpty else { return (position, nil) }
        if position.step < steps.count, isPlace(position.step, of: item) { return (position, nil) }
        let before = min(max(position.step, 0), steps.count - 1)
        let places = steps.indices.filter { isPlace($0, of: item) }
        guard let place = places.first(where: { steps[$0].channel == steps[before].channel }) ?? places.first else {
            position.tries = 1
            position.throttles = 0
            if let channel = item.channel, let step = steps.firstIndex(where: { $0.channel == channel }) {
                position.step = step
            } else {
                // Its channel is not on the way any more: nobody follows.
                position.step = item.isAfterSilence ? steps.count : before
            }
            return (position, nil)
        }
        // It stays among those of its channel.
        let channel = steps.indices.filter { steps[$0].channel == steps[place].channel }
        position.step = min(max(before, channel[0]), channel[channel.count - 1])
        var order = Array(steps.indices)
        order.remove(at: place)
        order.insert(place, at: position.step)
        return (position, order)
    }

    /// Whether it is this provider, on this channel, that a message waited for.
    private func isPlace(_ step: Int, of item: RetryItem) -> Bool {
        let channel = item.channel ?? steps[step].channel
        return steps[step].provider.id == item.provider && steps[step].channel == channel
    }
}

/// The ways of one shard's messages, found one by one and shared where they are alike.
struct MessagePaths {
    private struct Key: Hashable {
        let plan: RoutePlan
        let sender: SenderNumber
        let rule: Int64
        /// Senders and alternate channels may depend on it.
        let region: Region
    }

    /// A way in another order, for messages that waited.
    private struct Reordered: Hashable {
        let path: Int
        let order: [Int]
    }

    private let context: CampaignContext
    /// The shard that gives the messages their numbers.
    private let ids: Int64
    private(set) var all: [MessagePath] = []
    private var numbers: [Key: Int] = [:]
    private var reordered: [Reordered: Int] = [:]
    private var last: (key: Key, number: Int)?
    private var standings = ProviderStandings.unknown

    init(context: CampaignContext, ids: Int64) {
        self.context = context
        self.ids = ids
        if context.routing == nil {
            let steps = context.providers.map {
                MessagePath.Step(provider: $0, channel: context.channel, sender: context.from)
            }
            all = [MessagePath(steps, retry: context.retry)]
        }
    }

    subscript(number: Int) -> MessagePath { all[number] }

    /// Whether a way may lead over several channels.
    var hasAlternates: Bool { context.routing.map { !$0.alternates.isEmpty } ?? false }

    /// How the providers fare now: looked at once a window, where a choice depends on it.
    mutating func look() {
        if let routing = context.routing, routing.dependsOnStandings { standings = routing.standings() }
    }

    /// The number of a recipient's way.
    mutating func number(of index: Int, address: Span<UInt8>, region: Region) -> Int {
        guard let routing = context.routing else { return 0 }
        let message = MessageID(shard: ids, index: index)
        let choice = routing.scope.choose(address, region: region, message: message, standings: standings)
        let key = Key(
            plan: choice.plan, sender: choice.sender, rule: choice.rule ?? 0,
            region: routing.dependsOnRegion ? region : .none)
        if let last, last.key == key { return last.number }
        if let number = numbers[key] {
            last = (key, number)
            return number
        }
        let steps = routing.path(
            of: choice, address: address, region: region, message: message, channel: context.channel,
            standings: standings)
        let rule = routing.scope.rule(of: choice)
        all.append(MessagePath(steps, retry: context.retry, wait: rule?.alternates.isEmpty == false ? rule?.wait : nil))
        numbers[key] = all.count - 1
        last = (key, all.count - 1)
        return all.count - 1
    }

    /// Where a message stands that may have waited, on its way or on one that differs from it in the order.
    mutating func place(of item: RetryItem, on number: Int) -> WindowPlan.Place {
        var item = item
        let (position, order) = all[number].resumed(item)
        item.position = position
        guard let order else { return WindowPlan.Place(item: item, path: number) }
        let key = Reordered(path: number, order: order)
        if let known = reordered[key] { return WindowPlan.Place(item: item, path: known) }
        all.append(MessagePath(order.map { all[number].steps[$0] }, retry: context.retry))
        reordered[key] = all.count - 1
        return WindowPlan.Place(item: item, path: all.count - 1)
    }
}
