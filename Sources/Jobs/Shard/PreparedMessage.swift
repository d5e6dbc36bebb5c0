import Domain
import Senders
import Storage

/// A recipient whose message is about to be handed to a provider.
struct PreparedMessage {
    private(set) var item: RetryItem
    /// Where it stands if nobody can be asked now: a provider that is out has not used up its turn.
    private(set) var home: RetryItem
    /// The number of its way.
    let path: Int
    private(set) var parts = RenderedParts()
    /// The channel that the recipient was checked for and that the parts are written for; nil before that.
    private(set) var channel: Channel?
    /// What the message ends as if no further channel takes it.
    private(set) var ending: Ending?

    /// An object, because few messages have one and all are moved about.
    final class Ending: Sendable {
        let row: LedgerRow
        let deadLetter: DeadLetterKind?

        init(row: LedgerRow, deadLetter: DeadLetterKind?) {
            self.row = row
            self.deadLetter = deadLetter
        }
    }

    init(item: RetryItem, path: Int) {
        self.item = item
        home = item
        self.path = path
    }

    /// The provider whose turn it is.
    var step: Int { item.position.step }

    mutating func write(_ parts: RenderedParts, for channel: Channel) {
        self.parts = parts
        self.channel = channel
    }

    /// Another provider takes the place of one that is out: nothing was tried at that one.
    mutating func go(to step: Int) {
        guard step != item.position.step else { return }
        item.position.step = step
        item.position.tries = 1
        item.position.throttles = 0
    }

    /// The first provider of another channel takes its turn, after this one failed.
    mutating func goOn(to step: Int, orElse ending: Ending) {
        self.ending = ending
        var position = item.position
        position.step = step
        position.tries = 1
        position.throttles = 0
        position.attempt += 1
        decide(position)
    }

    /// The item that follows by another channel, where nobody hears of a delivery.
    func afterSilence(at step: Int) -> RetryItem {
        let position = RoutePosition(step: step, attempt: item.position.attempt + 1)
        return RetryItem(index: item.index, position: position, isAfterSilence: true)
    }

    /// What followed from a provider's answer.
    mutating func decide(_ position: RoutePosition) {
        item.position = position
        home = item
    }
}
