import Domain
import HTTPServer
import Jobs
import Storage

/// `/v1/budgets`: how much the tenant, its sources and its campaigns may cost, and how that stands.
enum BudgetRoutes {
    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            secured.route(.get, "/v1/budgets", "listBudgets", scope: .budgetsRead) { call in
                let page = try Page(call.request)
                let found = try await store(call).budgets(tenant: call.caller.tenant)
                    .filter { $0.id > page.after ?? 0 }.sorted { $0.id < $1.id }
                return .json(
                    page.json(
                        found.prefix(page.limit).map { BudgetView.json($0) },
                        next: found.count > page.limit ? found[page.limit - 1].id : nil))
            },
            secured.route(
                .post, "/v1/budgets", "setBudget", scope: .budgetsWrite, body: .whole(limit: 1 << 12)
            ) { try await set($0) },
            secured.route(.get, "/v1/budgets/{id}", "getBudget", scope: .budgetsRead) { call in
                .json(BudgetView.json(try await budget(call)))
            },
            secured.route(.delete, "/v1/budgets/{id}", "removeBudget", scope: .budgetsWrite) { call in
                guard
                    try await books(call).remove(
                        try await budget(call).id, tenant: call.caller.tenant, audit: call.audit)
                else { throw unknown }
                call.budgets.forget()
                return .nothing
            },
        ]
    }

    private static let unknown = Problem(.notFound, "There is no such budget.")

    private static func store(_ call: APICall) -> BudgetStore { BudgetStore(database: call.database) }
    private static func books(_ call: APICall) -> BudgetStore { BudgetStore(database: call.database(for: .budgets)) }

    /// The one in the path.
    private static func budget(_ call: APICall) async throws -> Budget {
        guard let budget = try await store(call).budget(try call.number("id"), tenant: call.caller.tenant) else {
            throw unknown
        }
        return budget
    }

    /// The same is set again to change it.
    private static func set(_ call: APICall) async throws -> HTTPResponse {
        let asked = try await call.fields { BudgetView.wish($0) }
        guard let limit = asked.limit else { throw Problem(.invalid, "amount and currency are missing.") }
        var scope = Budget.Scope.tenant
        if let name = asked.source {
            scope = .source(try await SourceRoutes.source(named: name, call).id)
        } else if let campaign = asked.campaign {
            guard try await call.campaigns.campaign(campaign)?.tenant == call.caller.tenant else {
                throw Problem(.notFound, BudgetRefusal.unknownCampaign(campaign).description)
            }
            scope = .campaign(campaign)
        }
        var wish = BudgetWish(tenant: call.caller.tenant, scope: scope, period: asked.period, limit: limit)
        wish.warnPercent = asked.warnPercent
        wish.holdsCritical = asked.holdsCritical
        do {
            let budget = try await books(call).set(wish, audit: call.audit)
            call.budgets.forget()
            return .created(BudgetView.json(budget), at: "/v1/budgets/\(budget.id)")
        } catch let refusal as BudgetRefusal {
            switch refusal {
            case .noRate: throw Problem(.wrongState, refusal.description, rule: "no_rate")
            case .unknownCampaign: throw Problem(.notFound, refusal.description)
            case .isStream: throw Problem(.wrongState, refusal.description, rule: "stream")
            }
        }
    }
}

extension APICall {
    /// Refuses what would only wait because a budget has nothing left.
    func refuseSpent(_ category: Category) async throws {
        guard
            let spent = try await budgets.spent(
                tenant: caller.tenant, source: caller.source, category: category)
        else { return }
        let advice =
            spent.endsAt.map { "It has room again from \($0), or once it is raised." } ?? "It has to be raised."
        throw Problem(
            .budgetSpent, "Nothing was taken in: \(spent.text) is used up. \(advice)", rule: "budget.\(spent.id)",
            retryAfter: spent.endsAt.map { $0 - now })
    }
}
