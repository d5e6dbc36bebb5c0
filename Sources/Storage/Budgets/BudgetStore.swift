import Domain

/// Budgets: setting, showing, removing them, and which of them a campaign or a request belongs to.
package struct BudgetStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    // MARK: Looking

    package func budgets(tenant: Int64? = nil) async throws -> [Budget] {
        try await database.run { session in
            try session.query(
                Budget.selection(where: "($1::bigint IS NULL OR b.tenant = $1)"), [.optional(tenant)]
            ).map { try Budget(row: $0) }
        }
    }

    package func budget(_ id: Int64, tenant: Int64? = nil) async throws -> Budget? {
        try await database.run { try Self.budget(id, tenant: tenant, on: $0) }
    }

    private static func budget(_ id: Int64, tenant: Int64? = nil, on session: PostgresSession) throws -> Budget? {
        try session.query(
            Budget.selection(where: "b.id = $1 AND ($2::bigint IS NULL OR b.tenant = $2)"),
            [.int(id), .optional(tenant)]
        ).first.map { try Budget(row: $0) }
    }

    /// Those that count what a campaign or a source spends.
    package func covering(tenant: Int64, source: Int64?, campaign: Int64? = nil) async throws -> [Budget] {
        try await database.run { session in
            try session.query(
                Budget.selection(where: Self.covers), [.int(tenant), .optional(source), .optional(campaign)]
            ).map { try Budget(row: $0) }
        }
    }

    private static let covers = """
        b.tenant = $1 AND (b.source IS NULL OR b.source = $2::bigint) AND (b.campaign IS NULL OR b.campaign = $3::bigint)
        """

    /// A budget as a worker must know it.
    package struct Cover: Sendable, Hashable {
        package let id: Int64
        /// Whether its messages wait where it is used up; those that don't are counted all the same.
        package let holds: Bool

        package init(id: Int64, holds: Bool) {
            self.id = id
            self.holds = holds
        }
    }

    package func covers(of campaign: Int64) async throws -> [Cover] {
        try await database.run { session in
            try session.query(
                """
                SELECT b.id, c.category <> $2 OR b.holds_critical AS holds
                  FROM campaign c JOIN budget b ON b.tenant = c.tenant AND (b.source IS NULL OR b.source = c.source)
                   AND (b.campaign IS NULL OR b.campaign = c.id)
                 WHERE c.id = $1 AND b.removed_at IS NULL ORDER BY b.id
                """, [.int(campaign), .number(Category.otp.code)]
            ).map { Cover(id: try $0.int("id"), holds: try $0.bool("holds")) }
        }
    }

    /// A budget that is used up, for who lets requests in.
    package struct Spent: Sendable, Hashable {
        package let id: Int64
        package let tenant: Int64
        package let source: Int64?
        package let holdsCritical: Bool
        package let text: String
        package let endsAt: Timestamp?
        /// The tenant's.
        package let timeZone: String
    }

    /// Those of tenants and sources that are used up. Of the present period: one that has turned lets in again at once.
    package func spent() async throws -> [Spent] {
        try await database.run { session in
            try session.query(
                """
                SELECT b.id, b.tenant, b.source, b.holds_critical, budget_text(b.id) AS text, t.time_zone,
                       CASE WHEN b.period <> 'total' THEN p.ends_at END AS ends
                  FROM budget b JOIN tenant t ON t.id = b.tenant
                 CROSS JOIN LATERAL budget_period(b.period, t.time_zone, clock_timestamp()) p
                 WHERE b.held_at IS NOT NULL AND b.removed_at IS NULL AND b.campaign IS NULL AND b.started >= p.first_day
                 ORDER BY b.id
                """
            ).map {
                Spent(
                    id: try $0.int("id"), tenant: try $0.int("tenant"), source: try $0.optionalInt("source"),
                    holdsCritical: try $0.bool("holds_critical"), text: try $0.text("text"),
                    endsAt: try $0.optionalTime("ends"), timeZone: try $0.text("time_zone"))
            }
        }
    }

    // MARK: Changing

    /// Makes a budget, or changes the one that there is for the same and the same period. Whoever waits for it goes on
    /// where it has room now.
    package func set(_ wish: BudgetWish, audit: AuditOrigin) async throws -> Budget {
        try await database.transaction { session in
            let (source, campaign) = try Self.check(wish, on: session)
            let before = try session.query(
                """
                SELECT id FROM budget WHERE tenant = $1 AND coalesce(source, 0) = coalesce($2::bigint, 0)
                   AND coalesce(campaign, 0) = coalesce($3::bigint, 0) AND period = $4 AND removed_at IS NULL FOR UPDATE
                """, [.int(wish.tenant), .optional(source), .optional(campaign), .text(wish.period.rawValue)]
            ).first.flatMap { try Self.budget(try $0.int("id"), on: session) }
            let id = try session.query(
                """
                INSERT INTO budget AS b (tenant, source, campaign, period, amount, currency, warn_percent, holds_critical)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                ON CONFLICT (tenant, coalesce(source, 0), coalesce(campaign, 0), period) WHERE removed_at IS NULL
                DO UPDATE SET amount = excluded.amount, currency = excluded.currency, warn_percent = excluded.warn_percent,
                    holds_critical = excluded.holds_critical, held_need = 1,
                    warned_at = CASE WHEN (b.amount, b.currency, b.warn_percent)
                                IS DISTINCT FROM (excluded.amount, excluded.currency, excluded.warn_percent) THEN NULL ELSE b.warned_at END
                RETURNING id
                """,
                [
                    .int(wish.tenant), .optional(source), .optional(campaign), .text(wish.period.rawValue),
                    .int(wish.limit.micros), .text(wish.limit.currency.code), .number(wish.warnPercent),
                    .bool(wish.holdsCritical),
                ])[0].int("id")
            _ = try Self.settle([.init(budget: id)], worker: 0, on: session)
            guard let budget = try Self.budget(id, on: session) else { throw StorageError.malformed("budget \(id)") }
            try AuditEntry(
                "budget.set", budget.auditSubject, by: audit, tenant: wish.tenant, before: before?.terms,
                after: budget.terms
            ).store(on: session)
            try session.execute("NOTIFY herald_configuration")
            return budget
        }
    }

    /// What waited for it goes on. False where there is none.
    package func remove(_ id: Int64, tenant: Int64? = nil, audit: AuditOrigin) async throws -> Bool {
        try await database.transaction { session in
            guard let budget = try Self.budget(id, tenant: tenant, on: session) else { return false }
            try session.execute(
                "UPDATE budget SET removed_at = clock_timestamp(), held_at = NULL WHERE id = $1", [.int(id)])
            try session.query("SELECT release_by_budget($1::int)", [.int(id)])
            try session.execute("DELETE FROM budget_share WHERE budget = $1", [.int(id)])
            try AuditEntry(
                "budget.remove", budget.auditSubject, by: audit, tenant: budget.tenant, before: budget.terms
            ).store(on: session)
            try session.execute("NOTIFY herald_configuration")
            return true
        }
    }

    /// The source or the campaign that it is for, and whether all that may be spent can be converted.
    private static func check(_ wish: BudgetWish, on session: PostgresSession) throws -> (Int64?, Int64?) {
        var (source, campaign): (Int64?, Int64?)
        switch wish.scope {
        case .tenant: break
        case .source(let id): source = id
        case .campaign(let id):
            guard
                let row = try session.query(
                    "SELECT stream FROM campaign WHERE id = $1 AND tenant = $2", [.int(id), .int(wish.tenant)]
                ).first
            else { throw BudgetRefusal.unknownCampaign(id) }
            if try row.bool("stream") { throw BudgetRefusal.isStream(id) }
            campaign = id
        }
        let missing = try session.query(
            """
            SELECT r.id, r.currency, r.micros, p.name
              FROM price r JOIN provider p ON p.id = r.provider AND p.removed_at IS NULL
             WHERE coalesce(r.valid_to > current_date, true)
               -- One that a newer one has followed is asked by nobody any more.
               AND NOT EXISTS (SELECT FROM price n WHERE (n.provider, n.channel, n.prefix, n.segments_from, n.volume_after)
                                   = (r.provider, r.channel, r.prefix, r.segments_from, r.volume_after)
                                  AND n.valid_from > r.valid_from AND n.valid_from <= current_date
                                  AND coalesce(n.valid_to > current_date, true))
               AND r.micros > 0 AND r.currency <> $2
               AND (p.tenant = $1 OR EXISTS (SELECT FROM provider_grant g WHERE g.provider = p.id AND g.tenant = $1)
                    OR p.tenant IS NULL AND NOT EXISTS (SELECT FROM provider_grant g WHERE g.provider = p.id))
               AND converted(1, r.currency, $2, current_date) IS NULL
             ORDER BY r.currency, r.id
            """, [.int(wish.tenant), .text(wish.limit.currency.code)]
        ).map {
            BudgetRefusal.UnconvertedPrice(
                id: try $0.int("id"), provider: try $0.text("name"), micros: try $0.int("micros"),
                currency: try $0.text("currency"))
        }
        guard missing.isEmpty else { throw BudgetRefusal.noRate(missing, to: wish.limit.currency.code) }
        return (source, campaign)
    }
}

extension Budget {
    /// A tenant, a source, a campaign can have several.
    var auditSubject: String {
        "\(scopeText), \(period == .total ? "in total" : "each \(period.rawValue)") (budget \(id))"
    }

    /// What was agreed, without how it stands.
    package var terms: JSON {
        [
            "id": .int(id), "for": .string(scopeText), "period": .string(period.rawValue),
            "amount": .string(PriceText.decimal(limit.micros)), "currency": .string(limit.currency.code),
            "warn_percent": .int(Int64(warnPercent)), "hold_critical": .bool(holdsCritical),
        ]
    }
}
