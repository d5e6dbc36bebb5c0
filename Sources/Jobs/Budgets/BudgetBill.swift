import Domain
import Storage

/// What one window's messages were paid for from their budgets, until what came of them is stored.
struct BudgetBill {
    /// What a message costs as things stand; nil money where no price is known.
    struct Price {
        let item: Int
        let money: Money?
    }

    let covers: [BudgetStore.Cover]
    private var totals: [Int64]
    /// By recipient, for whoever goes on to a dearer provider.
    private var amounts: [Int: [Int64]] = [:]

    init(covers: [BudgetStore.Cover]) {
        self.covers = covers
        totals = covers.map { _ in 0 }
    }

    func paid(_ cover: Int, for item: Int) -> Int64 { amounts[item]?[cover] ?? 0 }

    mutating func add(_ more: [Int64], for item: Int) {
        for (cover, amount) in more.enumerated() { totals[cover] += amount }
        guard let before = amounts[item] else {
            amounts[item] = more
            return
        }
        amounts[item] = zip(before, more).map(+)
    }

    /// Returns what was paid from each.
    mutating func clear() -> [Int64] {
        defer {
            totals = covers.map { _ in 0 }
            amounts.removeAll(keepingCapacity: true)
        }
        return totals
    }
}
