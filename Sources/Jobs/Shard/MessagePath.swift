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

    /// Where a message stands that waited, if its way has changed since: at the provider that it waited for, with the
    /// tries it had; if that one is not on its way any more, at the one in its place, from the start.
    func resumed(_ item: RetryItem) -> RoutePosition {
        var position = item.position
        if item.provider == 0 || position.step < steps.count && isPlace(position.step, of: item) { return position }
        if let step = steps.indices.first(where: { isPlace($0, of: item) }) {
            position.step = step
            return position
        }
        position.tries = 1
        position.throttles = 0
        if let channel = item.channel, let step = steps.firstIndex(where: { $0.channel == channel }) {
            position.step = step
        } else if item.isAfterSilence {
            // Its channel is not on the way any more: nobody follows.
            position.step = steps.count
        } else {
            position.step = min(position.step, max(steps.count - 1, 0))
        }
        return position
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

    private let context: CampaignContext
    /// The shard that gives the messages their numbers.
    private let ids: Int64
    private(set) var all: [MessagePath] = []
    private var numbers: [Key: Int] = [:]
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
}
