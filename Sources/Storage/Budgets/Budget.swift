import Domain

/// How much a tenant, one of its sources or one of its campaigns may cost in a period, and how that stands.
package struct Budget: Sendable, Hashable {
    /// Days, ISO weeks and months of the tenant's time zone.
    package enum Period: String, Sendable, Hashable, CaseIterable {
        case day, week, month, total

        /// `a month`, `in total`.
        package var phrase: String { self == .total ? "in total" : "a \(rawValue)" }
    }

    package enum Scope: Sendable, Hashable {
        case tenant
        case source(Int64)
        case campaign(Int64)
    }

    package let id: Int64
    package let tenant: Int64
    package let tenantName: String
    package let timeZone: String
    package let scope: Scope
    package let sourceName: String?
    package let period: Period
    package let limit: Money
    package let warnPercent: Int
    /// One-time passwords wait for it too.
    package let holdsCritical: Bool
    /// Booked in the present period, in the budget's currency.
    package let spent: Int64
    /// What workers hold: messages that are on their way, and a share to go on with.
    package let reserved: Int64
    /// Nil where it has room.
    package let heldAt: Timestamp?
    package let warnedAt: Timestamp?
    /// When the next period begins; nil for a total.
    package let endsAt: Timestamp?
    /// What was spent in currencies that no rate converts; empty for nothing.
    package let missing: String

    /// Never below zero.
    package var left: Int64 { max(0, limit.micros - spent - reserved) }

    /// `source shop`, `campaign 12`, `all of acme`.
    package var scopeText: String {
        switch scope {
        case .tenant: "all of \(tenantName)"
        case .source: "source \(sourceName ?? "")"
        case .campaign(let id): "campaign \(id)"
        }
    }

    package init(row: PostgresRow) throws(StorageError) {
        id = try row.int("id")
        tenant = try row.int("tenant")
        tenantName = try row.text("tenant_name")
        timeZone = try row.text("time_zone")
        if let campaign = try row.optionalInt("campaign") {
            scope = .campaign(campaign)
        } else if let source = try row.optionalInt("source") {
            scope = .source(source)
        } else {
            scope = .tenant
        }
        sourceName = try row.optionalText("source_name")
        guard let period = Period(rawValue: try row.text("period")),
            let currency = Currency(stored: try row.text("currency"))
        else { throw .malformed("budget") }
        self.period = period
        limit = Money(micros: try row.int("amount"), currency: currency)
        warnPercent = Int(try row.int("warn_percent"))
        holdsCritical = try row.bool("holds_critical")
        spent = try row.int("now_spent")
        reserved = try row.int("reserved")
        heldAt = try row.optionalTime("held_at")
        warnedAt = try row.optionalTime("warned_at")
        endsAt = try row.optionalTime("ends")
        missing = try row.text("now_missing")
    }

    /// `b` is the budget; what was spent is added up at this moment.
    static func selection(where condition: String) -> String {
        """
        WITH b AS MATERIALIZED (SELECT b.* FROM budget b WHERE b.removed_at IS NULL AND \(condition)),
             spending AS MATERIALIZED (SELECT * FROM budget_spending(ARRAY(SELECT id FROM b)))
        SELECT b.id, b.tenant, t.name AS tenant_name, t.time_zone, b.source, s.name AS source_name, b.campaign, b.period, b.amount,
               b.currency, b.warn_percent, b.holds_critical, b.held_at, b.warned_at, x.spent AS now_spent,
               x.missing AS now_missing, CASE WHEN b.period <> 'total' THEN p.ends_at END AS ends,
               coalesce((SELECT sum(h.held) FROM budget_share h WHERE h.budget = b.id), 0)::bigint AS reserved
          FROM b JOIN tenant t ON t.id = b.tenant LEFT JOIN source s ON s.id = b.source
          JOIN spending x ON x.budget = b.id
         CROSS JOIN LATERAL budget_period(b.period, t.time_zone, clock_timestamp()) p
         ORDER BY t.name, b.campaign IS NOT NULL, s.name, b.campaign, b.id
        """
    }
}

/// A budget as somebody asks for it.
package struct BudgetWish: Sendable, Hashable {
    package var tenant: Int64
    package var scope: Budget.Scope
    package var period: Budget.Period
    package var limit: Money
    package var warnPercent = 80
    package var holdsCritical = false

    package init(tenant: Int64, scope: Budget.Scope, period: Budget.Period, limit: Money) {
        self.tenant = tenant
        self.scope = scope
        self.period = period
        self.limit = limit
    }
}

/// Why a budget was not set.
package enum BudgetRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// These prices would be spent, and nothing says what they are worth in the budget's currency.
    case noRate([UnconvertedPrice], to: String)
    case unknownCampaign(Int64)
    /// What comes by the API is a campaign of its own each day.
    case isStream(Int64)

    package struct UnconvertedPrice: Sendable, Hashable {
        package let id: Int64
        package let provider: String
        package let micros: Int64
        package let currency: String

        package init(id: Int64, provider: String, micros: Int64, currency: String) {
            (self.id, self.provider, self.micros, self.currency) = (id, provider, micros, currency)
        }

        var text: String { "price \(id) of \(provider) (\(PriceText.decimal(micros)) \(currency))" }
    }

    package var description: String {
        switch self {
        case .noRate(let prices, let to):
            "No rate of exchange converts into \(to) what this tenant can spend: "
                + prices.prefix(5).map(\.text).joined(separator: ", ")
                + (prices.count > 5 ? " and \(prices.count - 5) more" : "")
                + ". `herald rate add --from \(prices.first?.currency ?? "") --to \(to) --rate NUMBER --date DAY` adds one"
                + (prices.first.map { ", `herald price remove \($0.id)` takes a wrong price away" } ?? "")
                + "; nothing was changed."
        case .unknownCampaign(let id): "There is no campaign \(id) of this tenant."
        case .isStream(let id):
            "Campaign \(id) is what came by the API on one day. A budget for the source holds for all of its days."
        }
    }
}
