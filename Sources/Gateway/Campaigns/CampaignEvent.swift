import Crypto
import Domain
import Storage

/// How a campaign stands, as an event. Its id says what is in it, so that in every process a client that comes back with
/// the last one it saw is not told the same again.
struct CampaignEvent: Sendable {
    let campaign: Int64
    let standing: CampaignStore.Standing
    let id: String
    private let object: JSONObject

    init(_ campaign: Int64, _ standing: CampaignStore.Standing) {
        self.campaign = campaign
        self.standing = standing
        let progress = standing.progress
        var object = JSONObject()
        object["id"] = .string(String(campaign))
        object["state"] = .string(standing.state.rawValue)
        object["note"] = .string(standing.note)
        object["accepted"] = .int(standing.recipients)
        object["rejected"] = .int(standing.rejected)
        object["done"] = .int(progress.done)
        object["states"] = CampaignView.states(progress)
        object["segments"] = .int(progress.segments)
        object["cost"] = CampaignJSON.cost(progress.cost)
        self.object = object
        id = Digest.sha256(Array(JSON.object(object).text.utf8)).prefix(8)
            .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    var isLast: Bool { standing.state.isOver }

    /// `rate`: messages a second since the event before.
    func told(after last: CampaignEvent?, rate: Double = 0) -> CampaignNews {
        var object = object
        object["rate"] = .int(Int64(rate.rounded()))
        let name = isLast ? "end" : last?.standing.state == standing.state ? "progress" : "state"
        return CampaignNews(campaign: campaign, id: id, name: name, data: JSON.object(object))
    }
}
