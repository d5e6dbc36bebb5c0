import Domain
import Ingest
import Senders
import Storage

/// What becomes of messages without a provider's answer: workers that died, expiry, cancellation.
extension ShardJob {
    /// What a dead worker had on its way: each recipient may or may not have been sent to.
    mutating func resolveDoubt(in positions: Range<Int>) -> [RetryShard] {
        var waiting = WaitingMessages()
        let isPoison = shard.crashes >= Self.poisonAfter
        let mayRepeat = context.category.deliveryMode == .atLeastOnce && !isPoison
        for position in positions {
            var item = item(at: position)
            guard !recipients.isSkipped(item.index) else { continue }
            note(
                item, state: .unknown, reason: LedgerAttempt.lost, final: !mayRepeat,
                deadLetter: isPoison ? .poison : nil)
            if mayRepeat {
                item.position.attempt += 1
                item.position.isDoubted = true
                waiting.add(item, after: .zero)
            }
        }
        return waiting.shards(now: surroundings.now(), crashes: shard.crashes)
    }

    /// Ends recipients that were not sent to; one whose earlier try is in doubt stays in doubt.
    mutating func end(_ positions: Range<Int>, as state: MessageState, reason: String) {
        for position in positions {
            let item = item(at: position)
            guard !recipients.isSkipped(item.index) else { continue }
            end(item, as: state, reason: reason)
        }
    }

    mutating func end(_ item: RetryItem, as state: MessageState, reason: String, on channel: Channel? = nil) {
        note(item, state: item.position.isDoubted ? .unknown : state, reason: reason, on: channel)
    }

    /// Records something that happened to a message outside of a provider's answer.
    mutating func note(
        _ item: RetryItem, state: MessageState, reason: String, on channel: Channel? = nil, final: Bool = true,
        deadLetter: DeadLetterKind? = nil
    ) {
        // What was sent has ended: that no further channel follows in time changes nothing.
        if item.isAfterSilence, state == .expired || state == .cancelled { return }
        let step = state == .unknown || paths.hasAlternates ? standing(item) : nil
        let channel = channel ?? step?.channel ?? context.channel
        var row = recipients.row(item, on: channel, shard: shard, context: context, at: surroundings.now())
        row.state = state
        row.reason = reason
        row.final = final && !item.isAfterSilence
        if state == .unknown { row.provider = item.provider != 0 ? item.provider : step?.provider.id ?? 0 }
        recipients.withAddress(item.index, on: channel) { record.add(row, address: $0, deadLetter: deadLetter) }
    }

    /// Where a message stands on its way, with the provider that may have taken it.
    private mutating func standing(_ item: RetryItem) -> MessagePath.Step? {
        let place = place(of: item)
        return paths[place.path].step(place.item.position.step)
    }
}
