import Domain
import Storage

/// What a campaign is expected to cost beside what is left of each budget that would pay for it.
package struct BudgetOutlook: Sendable, Hashable {
    package let budget: Budget
    /// In the budget's currency; nil where a rate is missing.
    package let expected: Int64?

    package var exceeds: Bool { expected.map { $0 > budget.left } ?? false }

    package var sentence: String {
        let currency = budget.limit.currency.code
        let name =
            "Budget \(budget.id) (\(budget.scopeText), \(Self.text(budget.limit.micros, currency)) \(budget.period.phrase))"
        if budget.heldAt != nil { return "\(name) is used up: the campaign would wait for it." }
        let left = Self.text(budget.left, currency)
        guard let expected else {
            return "\(name) has \(left) left; a rate into \(currency) is missing to compare with."
        }
        let cost = Self.text(expected, currency)
        guard exceeds else { return "\(name) has \(left) left; this is expected to cost \(cost)." }
        return "\(name) has \(left) left and this is expected to cost \(cost): it would stop on the way and wait."
    }

    private static func text(_ micros: Int64, _ currency: String) -> String {
        let whole = PriceText.decimal(micros)
        // Cents are enough for a sum, unless there is more to say.
        return (whole.hasSuffix("0000") ? String(whole.dropLast(4)) : whole) + " " + currency
    }

    /// `costs` by currency, as a review found them.
    package static func of(
        _ costs: [String: Int64], budgets: [Budget], rates: [DatedRate],
        today: CivilDate = CivilDate(daysSinceEpoch: Int(Timestamp.now.micros / 86_400_000_000))
    ) -> [BudgetOutlook] {
        budgets.map { budget in
            var sum: Int64? = 0
            for (currency, micros) in costs where micros != 0 {
                sum = sum.flatMap { sum in
                    value(micros, from: currency, into: budget.limit.currency.code, rates, today).map { sum + $0 }
                }
            }
            return BudgetOutlook(budget: budget, expected: sum)
        }
    }

    private static func value(
        _ micros: Int64, from: String, into: String, _ rates: [DatedRate], _ today: CivilDate
    ) -> Int64? {
        if from == into { return micros }
        let day = today.description
        return rates.filter { $0.from == from && $0.to == into && $0.day <= day }.max { $0.day < $1.day }?
            .rate.convert(micros)
    }

    /// Of what a source is about to send.
    package static func of(
        _ review: CampaignReview, tenant: Int64, source: Int64?, campaign: Int64? = nil, database: Database
    ) async throws -> [BudgetOutlook] {
        try await of(review.amounts, tenant: tenant, source: source, campaign: campaign, database: database)
    }

    /// `costs` by currency.
    package static func of(
        _ costs: [String: Int64], tenant: Int64, source: Int64?, campaign: Int64? = nil, database: Database
    ) async throws -> [BudgetOutlook] {
        let budgets = try await BudgetStore(database: database)
            .covering(tenant: tenant, source: source, campaign: campaign)
        guard !budgets.isEmpty else { return [] }
        return of(costs, budgets: budgets, rates: try await RateStore(database: database).rates())
    }

    package var json: JSON {
        [
            "budget": .string(String(budget.id)), "for": .string(budget.scopeText),
            "left": .string(PriceText.decimal(budget.left)),
            "expected": expected.map { .string(PriceText.decimal($0)) } ?? .null,
            "currency": .string(budget.limit.currency.code), "exceeds": .bool(exceeds || budget.heldAt != nil),
            "detail": .string(sentence),
        ]
    }
}
