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
    /// There is no address for any channel that could be gone.
    let isUnreachable: Bool
    /// How long a receipt is waited for before the next channel follows; nil where none does.
    let wait: Duration?

    init(_ steps: [Step], retry: RetryPolicy, wait: Duration? = nil, isUnreachable: Bool = false) {
        self.steps = steps
        self.isUnreachable = isUnreachable
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
