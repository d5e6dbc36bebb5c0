import Domain
import HTTPServer
import Storage

/// One campaign as its source sees it: what was asked for, how far it is, what became of whom, what it cost.
struct CampaignView: Sendable {
    private let campaign: Campaign
    private let progress: CampaignProgress
    private let reasons: [(state: MessageState, reason: String, count: Int64)]

    init(_ campaign: Campaign, _ call: APICall) async throws {
        self.campaign = campaign
        progress = try await call.campaigns.progress(campaign.id)
        // Only what did not go well has a reason, and looking for it reads the campaign's part of the ledger.
        let hasReasons = progress.byState.contains { $0.key != .sent && $0.key != .delivered && $0.value > 0 }
        reasons =
            hasReasons
            ? try await call.ledger.reasons(campaign: campaign.id) : []
    }

    func json(now: Timestamp) -> JSON {
        var object = CampaignJSON.object(campaign)
        object["reading"] = (try? JSON.parse(campaign.columns)) ?? [:]
        object["done"] = .int(progress.done)
        object["states"] = Self.states(progress)
        object["reasons"] = .array(
            reasons.map {
                ["state": .string($0.state.word), "reason": .string($0.reason), "count": .int($0.count)]
            })
        object["opted_out"] = .int(
            reasons.filter { $0.state == .rejected && $0.reason == "opted_out" }.reduce(0) { $0 + $1.count })
        object["segments"] = .int(progress.segments)
        object["attempts"] = .int(progress.attempts)
        object["cost"] = CampaignJSON.cost(progress.cost)
        object["rate"] = .int(rate(now: now))
        return .object(object)
    }

    /// Messages a second on the whole.
    private func rate(now: Timestamp) -> Int64 {
        guard let started = campaign.startedAt else { return 0 }
        let seconds = ((campaign.finishedAt ?? now) - started).seconds
        return seconds > 0 ? Int64((Double(progress.done) / seconds).rounded()) : progress.done
    }

    static func states(_ progress: CampaignProgress) -> JSON {
        var states = JSONObject()
        for state in MessageState.allCases where progress[state] > 0 { states[state.word] = .int(progress[state]) }
        return .object(states)
    }
}
