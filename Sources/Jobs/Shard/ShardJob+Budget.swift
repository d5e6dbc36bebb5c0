import Domain
import Storage

/// Messages are paid for before they leave, where a budget covers them.
extension ShardJob {
    private static let longestRest: Duration = .seconds(1)

    /// How long to wait because a budget has nothing left; nil where there is one that has, or none at all. A campaign that
    /// waits for a budget says so itself, and nobody takes up its shards.
    func restForBudget() async throws -> Duration? {
        guard let desk = surroundings.budgets, !context.budgets.isEmpty else { return nil }
        switch desk.standing(context.budgets) {
        case .open: return nil
        case .short(let rest): return rest
        case .held(let budget):
            return try await desk.hold(context.campaign, for: budget) ? Self.longestRest : nil
        }
    }

    /// Leaves out those that no budget pays for now: they wait.
    mutating func afford(
        _ messages: [PreparedMessage], _ waiting: inout WaitingMessages
    ) async -> [PreparedMessage] {
        guard let desk = surroundings.budgets, !context.budgets.isEmpty, !messages.isEmpty else { return messages }
        let prices = messages.map { BudgetBill.Price(item: $0.item.index, money: price(of: $0)) }
        let isPaid = await desk.pay(prices, into: &bill)
        var ready: [PreparedMessage] = []
        ready.reserveCapacity(messages.count)
        for (message, paid) in zip(messages, isPaid) {
            if paid {
                ready.append(message)
            } else {
                waiting.add(waiter(message.item, on: message.path), after: Self.longestRest)
            }
        }
        return ready
    }

    /// By the price list of the provider that is about to be asked.
    private func price(of message: PreparedMessage) -> Money? {
        guard let step = step(of: message) else { return nil }
        return recipients.withAddress(message.item.index, on: step.channel) {
            step.provider.cost(of: $0, segments: message.parts.segments)
        }
    }
}

extension ProviderStep {
    /// What a message costs by the price list; nil where that has no price for it.
    func cost(of address: Span<UInt8>, segments: Int32) -> Money? {
        prices.rate(for: address, segments: segments)?.cost(segments: segments)
    }
}
