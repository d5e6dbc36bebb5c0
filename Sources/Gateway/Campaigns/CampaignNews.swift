import Domain
import HTTPServer

/// An event of a campaign as it goes out, in both forms, made once for however many watch.
struct CampaignNews: Sendable {
    let campaign: Int64
    let serverSent: ServerSentEvent
    /// For a WebSocket: `{"event": …, "campaign": …, "id": …, "data": {…}}`.
    let text: [UInt8]

    init(campaign: Int64, id: String, name: String, data: JSON) {
        self.campaign = campaign
        serverSent = ServerSentEvent(id: id, name: name, data: Array(data.text.utf8))
        let whole: JSON = [
            "event": .string(name), "campaign": .string(String(campaign)), "id": .string(id), "data": data,
        ]
        text = Array(whole.text.utf8)
    }

    /// What a WebSocket is told when something it asked for can't be had.
    static func refusal(_ rule: String, _ detail: String, campaign: String? = nil) -> [UInt8] {
        var object = JSONObject()
        object["event"] = "error"
        if let campaign { object["campaign"] = .string(campaign) }
        object["rule"] = .string(rule)
        object["detail"] = .string(detail)
        return Array(JSON.object(object).text.utf8)
    }
}
