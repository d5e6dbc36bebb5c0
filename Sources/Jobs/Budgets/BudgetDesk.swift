import Domain
import Storage
import Synchronization

/// Pays for a process's messages out of budgets before they leave, from memory where its shares allow it, and otherwise
/// after one question to the database that serves all who wait. Shares are settled once a second.
///
/// A budget is never exceeded by what price lists foresee: the shares of all processes and what is booked stay within it
/// together. What comes on top is what nobody could know: a price that the provider tells afterwards, a message that is
/// sent again because a worker died over it, and what is never held (one-time passwords).
package final class BudgetDesk: Sendable {
    fileprivate struct State {
        var shares: [Int64: BudgetShare] = [:]
        var question: Task<Void, any Error>?
        var worker: @Sendable () -> Int64? = { nil }
    }

    /// Whether a campaign may open another window.
    enum Standing: Hashable {
        case open
        /// Others hold what is left.
        case short(Duration)
        case held(budget: Int64)
    }

    private let store: BudgetStore
    private let steady: @Sendable () -> ContinuousClock.Instant
    private let onNews: @Sendable (BudgetNews) -> Void
    private let state = Mutex(State())
    private static let period: Duration = .seconds(1)
    private static let tries = 4

    package init(
        database: Database, steady: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        onNews: @escaping @Sendable (BudgetNews) -> Void = { _ in }
    ) {
        store = BudgetStore(database: database)
        self.steady = steady
        self.onNews = onNews
    }

    /// Settles once a second until cancelled. `worker`: as whom; its shares go with it.
    func run(as worker: @escaping @Sendable () -> Int64?) async {
        state.withLock { $0.worker = worker }
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.period)
            dropIdle()
            try? await question(isTick: true)
        }
    }

    // MARK: Paying

    func standing(_ covers: [BudgetStore.Cover]) -> Standing {
        let now = steady()
        return state.withLock { state in
            var standing = Standing.open
            for cover in covers where cover.holds {
                guard let share = state.shares[cover.id] else { continue }
                if share.isHeld { return .held(budget: cover.id) }
                if let until = share.shortUntil, until > now { standing = .short(now.duration(to: until)) }
            }
            return standing
        }
    }

    /// Pays what it can of these messages, each from all its budgets or from none; says which were paid.
    func pay(_ prices: [BudgetBill.Price], into bill: inout BudgetBill) async -> [Bool] {
        var isPaid = [Bool](repeating: false, count: prices.count)
        for attempt in 0..<Self.tries {
            let short = take(prices, &isPaid, &bill, isLast: attempt == Self.tries - 1)
            if !short { break }
            // Without the database nobody knows what is left: then nothing more is sent.
            do { try await question(isTick: false) } catch { break }
        }
        return isPaid
    }

    /// Says whether it is worth asking.
    private func take(
        _ prices: [BudgetBill.Price], _ isPaid: inout [Bool], _ bill: inout BudgetBill, isLast: Bool
    ) -> Bool {
        let now = steady()
        let covers = bill.covers
        var paid = isPaid
        var taken: [(place: Int, amounts: [Int64])] = []
        let isShort = state.withLock { state in
            var isShort = false
            for cover in covers where state.shares[cover.id] == nil {
                state.shares[cover.id] = BudgetShare(now: now)
            }
            for (place, price) in prices.enumerated() where !paid[place] {
                var amounts: [Int64] = []
                var short: [Int] = []
                for (number, cover) in covers.enumerated() {
                    guard let share = state.shares[cover.id] else { continue }
                    let value = price.money.map { share.value(of: $0) } ?? 0
                    // What is on its way to be sent elsewhere has been paid already, or a part of it.
                    let amount = max(0, (value ?? 0) - bill.paid(number, for: price.item))
                    amounts.append(amount)
                    let isUnknown = value == nil
                    if isUnknown || cover.holds && amount > 0 && !share.allows(amount) { short.append(number) }
                }
                guard short.isEmpty else {
                    isShort = true
                    for number in short where !isLast {
                        state.shares[covers[number].id]?.miss(amounts[number], now: now)
                    }
                    continue
                }
                for (number, cover) in covers.enumerated() {
                    state.shares[cover.id]?.take(amounts[number], isForced: !cover.holds, now: now)
                }
                paid[place] = true
                taken.append((place, amounts))
            }
            return isShort && !covers.contains { state.shares[$0.id]?.isKnown == true && state.isClosed($0, now) }
        }
        for (place, amounts) in taken { bill.add(amounts, for: prices[place].item) }
        isPaid = paid
        return isShort
    }

    /// A window's outcomes are stored.
    func settled(_ bill: inout BudgetBill) {
        let amounts = bill.clear()
        state.withLock { state in
            for (cover, amount) in zip(bill.covers, amounts) where amount != 0 {
                state.shares[cover.id]?.settled(amount)
            }
        }
    }

    /// Has a campaign wait for a budget; false where that has room after all, which others may have seen first.
    func hold(_ campaign: Int64, for budget: Int64) async throws -> Bool {
        if try await store.hold(campaign: campaign, for: budget) { return true }
        try await question(isTick: false)
        return false
    }

    // MARK: Settling

    private func dropIdle() {
        let now = steady()
        state.withLock { state in
            for (id, share) in state.shares
            where share.isIdle && share.left == 0 && share.usedAt.duration(to: now) > BudgetShare.idleLimit {
                state.shares[id] = nil
            }
        }
    }

    /// One at a time: answers are taken in the order in which the database gave them.
    private func question(isTick: Bool) async throws {
        let task: Task<Void, any Error>? = state.withLock { state in
            if let question = state.question { return question }
            guard !state.shares.isEmpty else { return nil }
            let task = Task {
                defer { self.state.withLock { $0.question = nil } }
                try await self.settle(isTick: isTick)
            }
            state.question = task
            return task
        }
        try await task?.value
    }

    private func settle(isTick: Bool) async throws {
        let (asks, worker) = state.withLock { state in
            let asks = state.shares.keys.sorted().compactMap { id in state.shares[id]?.ask(id, isTick: isTick) }
            return (asks, state.worker())
        }
        let answers = try await store.settle(asks, worker: worker ?? 0)
        let now = steady()
        let answered = Dictionary(answers.map { ($0.budget, $0) }) { first, _ in first }
        state.withLock { state in
            for ask in asks {
                guard let answer = answered[ask.budget] else {
                    // It was removed.
                    if state.shares[ask.budget]?.isIdle == true { state.shares[ask.budget] = nil }
                    continue
                }
                state.shares[ask.budget]?.accept(answer, asked: ask, now: now)
            }
        }
        for answer in answers { answer.news.map { onNews($0) } }
    }
}

extension BudgetDesk.State {
    /// Whether asking again at once would bring nothing.
    fileprivate func isClosed(_ cover: BudgetStore.Cover, _ now: ContinuousClock.Instant) -> Bool {
        guard cover.holds, let share = shares[cover.id] else { return false }
        return share.isHeld || share.shortUntil.map { $0 > now } ?? false
    }
}
