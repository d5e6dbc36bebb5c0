import Domain
import Senders

/// The ways of one shard's messages, found one by one and shared where they are alike.
struct MessagePaths {
    /// One channel of a way, as its rules chose for a recipient.
    private struct Leg: Hashable {
        let channel: Channel
        let plan: RoutePlan
        let sender: SenderNumber
        let rule: Int64
        /// Senders may depend on it.
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
    private var numbers: [Leg: Int] = [:]
    private var last: (leg: Leg, number: Int)?
    /// Of ways over several channels.
    private var chains: [[Leg]: Int] = [:]
    private var reordered: [Reordered: Int] = [:]
    private var standings = ProviderStandings.unknown
    /// For messages that are rendered to be counted.
    private var scratch: [UInt8] = []

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
    mutating func number(of index: Int, in recipients: borrowing Recipients) -> Int {
        guard let routing = context.routing else { return 0 }
        guard let (leg, choice) = leg(of: index, in: recipients, by: routing) else {
            return chain(of: index, in: recipients, from: nil, routing)
        }
        if hasAlternates { return chain(of: index, in: recipients, from: (leg, choice), routing) }
        if let last, last.leg == leg { return last.number }
        let number =
            numbers[leg] ?? add(MessagePath(routing.steps(of: choice, region: leg.region), retry: context.retry))
        numbers[leg] = number
        last = (leg, number)
        return number
    }

    /// Where a message stands that may have waited, on its way or on one that differs from it in the order.
    mutating func place(of item: RetryItem, on number: Int) -> WindowPlan.Place {
        var item = item
        let (position, order) = all[number].resumed(item)
        item.position = position
        guard let order else { return WindowPlan.Place(item: item, path: number) }
        let key = Reordered(path: number, order: order)
        if let known = reordered[key] { return WindowPlan.Place(item: item, path: known) }
        let path = add(MessagePath(order.map { all[number].steps[$0] }, retry: context.retry))
        reordered[key] = path
        return WindowPlan.Place(item: item, path: path)
    }

    private mutating func add(_ path: MessagePath) -> Int {
        all.append(path)
        return all.count - 1
    }

    /// Nil where the recipient has no address for the channel.
    private func leg(
        of index: Int, in recipients: borrowing Recipients, by routing: CampaignRouting
    ) -> (Leg, RouteChoice)? {
        let channel = routing.scope.question.channel
        let address = recipients.address(index, on: channel)
        guard !address.isEmpty, context.content.writes(channel) else { return nil }
        let region = recipients.region(index, on: channel)
        let choice = recipients.withAddress(index, on: channel) {
            routing.scope.choose(
                $0, region: region, message: MessageID(shard: ids, index: index), standings: standings)
        }
        let leg = Leg(
            channel: channel, plan: choice.plan, sender: choice.sender, rule: choice.rule ?? 0,
            region: routing.dependsOnRegion ? region : .none)
        return (leg, choice)
    }

    // MARK: Several channels

    /// The way over the channel of the campaign, where the recipient has an address for it, and those that follow.
    private mutating func chain(
        of index: Int, in recipients: borrowing Recipients, from first: (leg: Leg, choice: RouteChoice)?,
        _ routing: CampaignRouting
    ) -> Int {
        let rule = routing.scope.rule(of: first?.choice ?? routing.scope.fallback)
        let following = context.chain.isEmpty ? rule?.alternates ?? [] : context.chain
        var legs: [(leg: Leg, steps: [MessagePath.Step])] = []
        if let first { legs.append((first.leg, routing.steps(of: first.choice, region: first.leg.region))) }
        for channel in following {
            guard let other = routing.alternates[channel],
                other.countries?.contains(recipients.region(index, on: channel)) ?? true,
                let (leg, choice) = leg(of: index, in: recipients, by: other)
            else { continue }
            legs.append((leg, other.steps(of: choice, region: leg.region)))
        }
        if context.isCheapest { legs = cheapestFirst(legs, index, recipients) }
        let key = legs.map(\.leg)
        if let number = chains[key] { return number }
        let steps = legs.flatMap(\.steps)
        let wait = context.isCheapest || legs.count < 2 ? nil : rule?.wait ?? RouteRule.defaultWait
        let number = add(
            MessagePath(steps, retry: context.retry, wait: wait, isUnreachable: legs.isEmpty))
        chains[key] = number
        return number
    }

    private mutating func cheapestFirst(
        _ legs: [(leg: Leg, steps: [MessagePath.Step])], _ index: Int, _ recipients: borrowing Recipients
    ) -> [(leg: Leg, steps: [MessagePath.Step])] {
        var open = legs.filter { !$0.steps.isEmpty }
        guard open.count > 1 else { return open }
        var offers: [CheapestChannel.Offer] = []
        for (leg, steps) in open {
            let segments = segments(of: index, in: recipients, on: leg.channel)
            let rate = recipients.withAddress(index, on: leg.channel) {
                steps[0].provider.prices.rate(for: $0, segments: Int32(segments))
            }
            offers.append(
                CheapestChannel.Offer(
                    channel: leg.channel, rate: rate, segments: segments))
        }
        var sorted: [(leg: Leg, steps: [MessagePath.Step])] = []
        while let channel = CheapestChannel.pick(offers),
            let place = open.firstIndex(where: { $0.leg.channel == channel })
        {
            sorted.append(open.remove(at: place))
            offers.remove(at: place)
        }
        return sorted
    }

    /// What is billed for the message: only SMS has to be written out for that.
    private mutating func segments(of index: Int, in recipients: borrowing Recipients, on channel: Channel) -> Int {
        guard channel == .sms else { return 1 }
        scratch.removeAll(keepingCapacity: true)
        let parts = try? context.content.render(index, of: recipients.body, for: channel, into: &scratch)
        return Int(parts?.segments ?? 1)
    }
}
