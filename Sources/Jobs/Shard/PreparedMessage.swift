import Senders

/// A recipient whose message is rendered and about to be handed to a provider.
struct PreparedMessage {
    private(set) var item: RetryItem
    /// Where it stands if nobody can be asked now: a provider that is out has not used up its turn.
    private(set) var home: RetryItem
    let parts: RenderedParts

    init(item: RetryItem, parts: RenderedParts) {
        self.item = item
        home = item
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

    /// What followed from a provider's answer.
    mutating func decide(_ position: RoutePosition) {
        item.position = position
        home = item
    }
}
