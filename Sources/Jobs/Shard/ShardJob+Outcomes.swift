import Domain
import Senders
import Storage

/// What follows from a provider's answers.
extension ShardJob {
    /// Records what came of a call; returns the messages that go on to another provider at once.
    mutating func settle(
        _ delivery: Delivery, _ outcomes: [Outcome], waiting: inout WaitingMessages
    ) -> [PreparedMessage] {
        let at = surroundings.now()
        let remaining = expiresAt - at
        let isBelieved = delivery.believesDeadAddresses(of: outcomes)
        var random = SystemRandomNumberGenerator()
        var goOn: [PreparedMessage] = []
        for (place, message) in delivery.messages.enumerated() {
            let path = paths[message.path]
            guard let route = path.route else { continue }
            let outcome = Delivery.outcome(outcomes, at: place)
            if let next = unasked(message, outcome, delivery, &waiting) {
                goOn += next
                continue
            }
            let decision = route.decide(
                outcome, at: message.item.position, mode: context.category.deliveryMode, remaining: remaining,
                using: &random)
            let channel = delivery.step.channel
            var row = recipients.row(message.item, on: channel, shard: shard, context: context, at: at)
            row.provider = delivery.provider.id
            row.segments = message.parts.segments
            // It has ended already, as what the channel before made of it: receipts move it on.
            row.final = !message.item.isAfterSilence
            switch decision {
            case .sent(let reference, let told):
                row.reference = reference
                book(told, on: &row, by: delivery)
                followSilence(message, path, remaining, &waiting)
            case .failed(let reason):
                row.state = .failed
                row.reason = reason
            case .unknown(let reason):
                row.state = .unknown
                row.reason = reason
            case .expired where message.item.isAfterSilence: continue
            case .expired:
                row.state = .expired
                row.reason = "expired"
            case .retrySame(let position, let wait):
                delivery.provider.meter?.retried(elsewhere: false)
                waiting.add(waiter(message.item, at: position, on: message.path), after: wait)
            case .nextProvider(let position) where position.isDoubted:
                delivery.provider.meter?.retried(elsewhere: true)
                // The doubt is stored before anybody else is asked: a crash in between would leave a message
                // that was sent twice with one doubt on record.
                waiting.add(waiter(message.item, at: position, on: message.path), after: .zero)
            case .nextProvider(let position):
                delivery.provider.meter?.retried(elsewhere: true)
                var next = message
                next.decide(position)
                goOn.append(next)
            }
            if !decision.isFinal {
                // Only a doubt is worth a row of its own: everything else is known not to have been sent.
                guard case .inDoubt(let reason) = outcome else { continue }
                row.state = .unknown
                row.reason = reason
                row.final = false
            }
            if isBelieved, outcome.saysAddressIsDead {
                record.noteDeadAddress(of: row)
            }
            // A provider's plain refusal is an answer; tries that are used up are not.
            let isUnheard = row.state == .failed && outcome.kind != .permanent
            if decision.isFinal, isOpen(row.state), let further = path.nextChannel(after: message.step) {
                // The rule has another channel for whoever can't be reached on this one.
                var next = message
                next.goOn(
                    to: further, orElse: PreparedMessage.Ending(row: row, deadLetter: isUnheard ? .exhausted : nil))
                goOn.append(next)
                continue
            }
            recipients.withAddress(message.item.index, on: channel) {
                record.add(row, address: $0, deadLetter: isUnheard ? .exhausted : nil)
            }
        }
        return goOn
    }

    /// What a message cost with its provider: what that said, else the price list, whose units are counted.
    private mutating func book(_ told: Money?, on row: inout LedgerRow, by delivery: Delivery) {
        var rate: PriceTable.Rate?
        if told == nil {
            rate = recipients.withAddress(row.message.index, on: delivery.step.channel) {
                delivery.provider.prices.rate(for: $0, segments: row.segments)
            }
        }
        let cost = told ?? rate?.cost(segments: row.segments)
        row.cost = cost?.micros ?? 0
        row.currency = cost?.currency.code ?? ""
        if let line = rate?.line, line > 0 { record.count(row, for: line) }
    }

    /// Whether a message in this state may go by another channel at once.
    private func isOpen(_ state: MessageState) -> Bool {
        state == .failed || state == .unknown && context.category.deliveryMode == .atLeastOnce
    }

    /// The rule names a channel that follows where no receipt comes: it is due after the wait, if the message still makes
    /// sense then.
    private func followSilence(
        _ message: PreparedMessage, _ path: MessagePath, _ remaining: Duration, _ waiting: inout WaitingMessages
    ) {
        guard let wait = path.wait, wait < remaining, let step = path.nextChannel(after: message.step) else { return }
        waiting.add(waiter(message.afterSilence(at: step), on: message.path), exactlyAfter: wait)
    }

    /// Whether nobody was asked at all: then the messages that go on now, if any; nil where the provider was asked.
    private mutating func unasked(
        _ message: PreparedMessage, _ outcome: Outcome, _ delivery: Delivery, _ waiting: inout WaitingMessages
    ) -> [PreparedMessage]? {
        if outcome == .notSent(reason: ProviderReason.leaseOver) {
            // Our own doing, not the provider's: the message stands where it stood.
            waiting.add(waiter(message.home, on: message.path), after: .zero)
            return []
        }
        if outcome == .notSent(reason: ProviderReason.expired) {
            end(message.item, as: .expired, reason: "expired", on: delivery.step.channel)
            return []
        }
        guard outcome == .notSent(reason: ProviderReason.providerOut) else { return nil }
        // Found sick while the message was on its way, which nobody tried to send yet: the next one now, or
        // all of them again once this one is probed.
        if message.step + 1 < paths[message.path].steps.count {
            var next = message
            next.go(to: next.step + 1)
            return [next]
        }
        waiting.add(waiter(message.home, on: message.path), after: delivery.provider.gate.untilNextProbe())
        return []
    }

    /// A message that waits, with the provider that it waits for.
    func waiter(_ item: RetryItem, at position: RoutePosition? = nil, on path: Int) -> RetryItem {
        var item = item
        if let position { item.position = position }
        let step = paths[path].step(item.position.step)
        item.provider = step?.provider.id ?? 0
        item.channel = step?.channel
        return item
    }
}
