import Senders

/// A recipient whose message is rendered and about to be handed to a provider.
struct PreparedMessage {
    private(set) var item: RetryItem
    /// Where it stands if nobody can be asked now: a provider that is out has not used up its turn.
    private(set) var home: RetryItem
    let parts: RenderedParts
    /// The number of its way.
    let path: Int

    init(item: RetryItem, path: Int, parts: RenderedParts) {
        self.item = item
        home = item
        self.path = path
        self.parts = parts
    }

    /// The provider whose turn it is.
    var step: Int { item.position.step }

    /// Another provider takes the place of one that is out: nothing was tried at that one.
    mutating func go(to step: Int) {
        guard step != item.position.step else { return }
        item.position.step = step
        item.position.tries = 1
        item.position.throttles = 0
    }

    /// The first provider of another channel takes its turn.
    mutating func goOn(to step: Int) {
        var position = item.position
        position.step = step
        position.tries = 1
        position.throttles = 0
        position.attempt += 1
        decide(position)
    }

    /// What followed from a provider's answer.
    mutating func decide(_ position: RoutePosition) {
        item.position = position
        home = item
    }
}
