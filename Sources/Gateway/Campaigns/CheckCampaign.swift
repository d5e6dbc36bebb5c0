import Domain
import HTTPServer
import Ingest
import Jobs
import Storage

/// `POST /v1/campaigns/{id}/check`: what a draft would do with these recipients: columns, rejects, who is opted out, cost
/// by route, real messages. Nothing is stored.
struct CheckCampaign: Sendable {
    let call: APICall
    let door: UploadDoor

    func response() async throws -> HTTPResponse {
        try await door.draft(call) { draft, plan in
            let routing = try await plan.routing(call.contexts)
            let review = try await FileFlow.run(call.request) { input in
                try await CampaignReview.make(
                    plan.request(input), database: call.database, keys: call.keys, routing: routing)
            }
            let outlooks = try await BudgetOutlook.of(
                review, tenant: draft.tenant, source: draft.source, campaign: draft.id, database: call.database)
            return .json(Self.json(review, hasRoute: !routing.reachable.isEmpty, outlooks))
        }
    }

    private static func json(_ review: CampaignReview, hasRoute: Bool, _ outlooks: [BudgetOutlook]) -> JSON {
        let summary = review.summary
        let format = summary.format
        var object = JSONObject()
        object["format"] = [
            "kind": .string(format.kind.rawValue), "encoding": .string(format.encoding.rawValue),
            "delimiter": format.delimiterName.map { .string($0) } ?? .null, "gzip": .bool(format.isGzip),
        ]
        object["columns"] = .array(
            summary.columns.columns.map {
                ["header": .string($0.header), "name": .string($0.name), "role": .string($0.role.rawValue)]
            })
        object["notes"] = .array(summary.columns.notes.map { .string($0) })
        CampaignJSON.add(summary, to: &object)
        object["repaired"] = JSON(counts: summary.repaired)
        object["refused"] = JSON(counts: review.refused)
        object["opted_out"] = .int(Int64(review.refused["opted_out"] ?? 0))
        object["unrenderable"] = JSON(counts: review.unrenderable)
        object["segments"] = .int(Int64(review.segments))
        object["has_route"] = .bool(hasRoute)
        object["routes"] = .array(
            review.costs.map {
                [
                    "provider": .string($0.provider), "country": .string($0.country),
                    "messages": .int(Int64($0.messages)), "amount": .string(PriceText.decimal($0.micros)),
                    "currency": .string($0.currency),
                ]
            })
        object["unpriced"] = .array(review.unpriced.map(\.unpricedJSON))
        object["cost"] = CampaignJSON.cost(review.amounts)
        object["budgets"] = .array(outlooks.map(\.json))
        object["preview"] = .array(
            review.preview.map {
                [
                    "line": .int(Int64($0.line)), "to": .string(Masked.address($0.to)), "subject": .string($0.subject),
                    "text": .string($0.text),
                ]
            })
        return .object(object)
    }
}
