import Domain
import Jobs
import Storage

/// What a start is expected to cost, beside what is left of each budget that would pay for it. It stops no start: what
/// is short has the campaign wait on the way.
struct StartCost: Sendable {
    private let cost: DraftCost
    private let outlooks: [BudgetOutlook]

    init(_ campaign: Campaign, _ call: APICall) async throws {
        cost = try await DraftCost.of(campaign, database: call.database, keys: call.keys, contexts: call.contexts)
        outlooks = try await BudgetOutlook.of(
            cost.costs, tenant: campaign.tenant, source: campaign.source, campaign: campaign.id,
            database: call.database)
    }

    func add(to object: inout JSONObject) {
        object["expected_cost"] = CampaignJSON.cost(cost.costs)
        object["expected_from"] = [
            "looked_at": .int(cost.lookedAt), "of": .int(cost.recipients), "countries_left_out": .words(cost.leftOut),
        ]
        object["unpriced"] = .array(cost.unpriced.map(\.unpricedJSON))
        object["has_route"] = .bool(cost.hasRoute)
        object["budgets"] = .array(outlooks.map(\.json))
    }
}
