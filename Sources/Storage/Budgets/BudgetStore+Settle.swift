import Domain

/// Where workers settle what they hold of budgets, and where budgets are looked at.
extension BudgetStore {
    package struct Ask: Sendable, Hashable {
        package var budget: Int64
        /// What is on its way and what is kept to go on with.
        package var held: Int64
        /// So much more would be welcome.
        package var more: Int64
        /// The cheapest message that could not be paid; zero for none.
        package var need: Int64

        package init(budget: Int64, held: Int64 = 0, more: Int64 = 0, need: Int64 = 0) {
            self.budget = budget
            self.held = held
            self.more = more
            self.need = need
        }
    }

    package struct Answer: Sendable, Hashable {
        package let budget: Int64
        package let currency: Currency
        /// What the worker holds from now on, what it kept included.
        package let granted: Int64
        /// What nobody holds.
        package let free: Int64
        package let isHeld: Bool
        /// What other currencies are worth in the budget's, today.
        package let rates: [String: ExchangeRate]
        package let news: BudgetNews?

        package init(
            budget: Int64, currency: Currency, granted: Int64, free: Int64, isHeld: Bool,
            rates: [String: ExchangeRate], news: BudgetNews?
        ) {
            self.budget = budget
            self.currency = currency
            self.granted = granted
            self.free = free
            self.isHeld = isHeld
            self.rates = rates
            self.news = news
        }
    }

    /// In one transaction.
    package func settle(_ asks: [Ask], worker: Int64) async throws -> [Answer] {
        guard !asks.isEmpty else { return [] }
        return try await database.transaction { try Self.settle(asks, worker: worker, on: $0) }
    }

    static func settle(_ asks: [Ask], worker: Int64, on session: PostgresSession) throws -> [Answer] {
        try session.query(
            "SELECT * FROM settle_budgets($1, $2::bigint[]::int[], $3, $4, $5)",
            [
                .int(worker), .intArray(asks.map(\.budget)), .intArray(asks.map(\.held)), .intArray(asks.map(\.more)),
                .intArray(asks.map(\.need)),
            ]
        ).map { row in
            guard let currency = Currency(stored: try row.text("currency")) else {
                throw StorageError.malformed("currency")
            }
            let (id, note) = (try row.int("budget"), try row.text("note"))
            return Answer(
                budget: id, currency: currency, granted: try row.int("granted"), free: try row.int("free"),
                isHeld: try row.bool("is_held"), rates: rates(try row.text("rates")),
                news: BudgetNews.Kind(rawValue: try row.text("news")).map {
                    BudgetNews(kind: $0, budget: id, text: note)
                })
        }
    }

    private static func rates(_ text: String) -> [String: ExchangeRate] {
        var rates: [String: ExchangeRate] = [:]
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: ":")
            guard parts.count == 2, let units = Int64(parts[1]) else { continue }
            rates[String(parts[0])] = ExchangeRate(units: units)
        }
        return rates
    }

    /// Looks at all budgets: what receipts, other processes and the calendar changed while nobody spent anything.
    package func review() async throws -> [BudgetNews] {
        let ids = try await database.run { session in
            try session.query("SELECT id FROM budget WHERE removed_at IS NULL ORDER BY id").map { try $0.int("id") }
        }
        return try await settle(ids.map { Ask(budget: $0) }, worker: 0).compactMap(\.news)
    }

    /// What became of budgets as somebody set them, after the event `last` and with the number to go on from: whoever set
    /// one was told, and the log of the processes wants it too. Without a number, nothing but the one to begin with.
    package func newsOfSetting(after last: Int64?) async throws -> (news: [BudgetNews], last: Int64) {
        try await database.run { session in
            guard let last else {
                let row = try session.query("SELECT coalesce(max(id), 0) AS last FROM budget_event")[0]
                return ([], try row.int("last"))
            }
            // An event belongs to a setting if one transaction wrote both.
            let rows = try session.query(
                """
                SELECT e.id, e.budget, e.kind, e.note FROM budget_event e
                 WHERE e.id > $1 AND EXISTS (SELECT FROM admin_audit a WHERE a.xmin = e.xmin AND a.action = 'budget.set'
                                             AND a.at BETWEEN e.at - interval '1 hour' AND e.at + interval '1 hour')
                 ORDER BY e.id
                """, [.int(last)])
            var news: [BudgetNews] = []
            var end = last
            for row in rows.map({ $0 }) {
                end = try row.int("id")
                guard let kind = BudgetNews.Kind(rawValue: try row.text("kind")) else { continue }
                news.append(BudgetNews(kind: kind, budget: try row.int("budget"), text: try row.text("note")))
            }
            return (news, end)
        }
    }

    /// Has a campaign wait for a budget that is used up; false where that has room after all.
    package func hold(campaign: Int64, for budget: Int64) async throws -> Bool {
        try await database.run { session in
            try session.query("SELECT hold_by_budget($1, $2::int) AS held", [.int(campaign), .int(budget)])[0].bool(
                "held")
        }
    }
}

/// What became of a budget, as a sentence.
package struct BudgetNews: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case warning, held, released
        case noRate = "no_rate"
    }

    package let kind: Kind
    package let budget: Int64
    package let text: String

    package init(kind: Kind, budget: Int64, text: String) {
        self.kind = kind
        self.budget = budget
        self.text = text
    }
}
