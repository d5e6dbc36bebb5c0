import Domain
import Ingest
import Jobs
import Storage

/// A campaign in JSON, as far as its own row tells.
enum CampaignJSON {
    static func object(_ campaign: Campaign) -> JSONObject {
        var object = JSONObject()
        object["id"] = .string(String(campaign.id))
        object["state"] = .string(campaign.state.rawValue)
        if CampaignSettings.isTest(campaign) { object["test"] = true }
        object["name"] = .string(campaign.name)
        object["source"] = .string(campaign.sourceName)
        object["template"] = .string(campaign.templateName)
        object["channel"] = .string(campaign.channel.rawValue)
        if let (channels, isCheapest) = channels(campaign) {
            object["channels"] = .words(channels.map(\.rawValue))
            object["cheapest"] = .bool(isCheapest)
        }
        object["category"] = .string(campaign.category.rawValue)
        object["priority"] = .string(campaign.priority.word)
        object["accepted"] = .int(campaign.recipients)
        object["rejected"] = .int(campaign.rejected)
        object["rejected_by"] = (try? JSON.parse(campaign.rejectedBy)) ?? [:]
        object["duplicates"] = .int(campaign.duplicates)
        object["send_at"] = .string(campaign.dueAt.description)
        object["expires_at"] = .string(campaign.expiresAt.description)
        object["created_at"] = .string(campaign.createdAt.description)
        object["started_at"] = campaign.startedAt.map { .string($0.description) } ?? .null
        object["finished_at"] = campaign.finishedAt.map { .string($0.description) } ?? .null
        object["resend_of"] = campaign.resendOf.map { .string(String($0)) } ?? .null
        object["note"] = .string(campaign.note)
        return object
    }

    /// Where it may go by several, as its recipients were stored.
    private static func channels(_ campaign: Campaign) -> (channels: [Channel], isCheapest: Bool)? {
        guard let reading = try? ColumnsRecord(json: campaign.columns), !reading.channels.isEmpty else { return nil }
        return ([campaign.channel] + reading.channels, reading.isCheapest)
    }

    static func answer(_ campaign: Campaign, status: Int, cost: StartCost? = nil) -> StoredAnswer {
        var object = object(campaign)
        cost?.add(to: &object)
        return StoredAnswer(status: status, body: Array(JSON.object(object).text.utf8))
    }

    /// The counts of an upload of which nothing was kept.
    static func add(_ summary: UploadSummary, to object: inout JSONObject) {
        object["rows"] = .int(Int64(summary.rows))
        object["accepted"] = .int(Int64(summary.accepted))
        object["rejected"] = .int(Int64(summary.rejectedRows))
        object["rejected_by"] = JSON(counts: summary.rejectedByCode)
        object["duplicates"] = .int(Int64(summary.duplicates.count))
    }

    static func cost(_ cost: [String: Int64]) -> JSON {
        .array(
            cost.sorted { $0.key < $1.key }.map {
                .money($0.value, $0.key)
            })
    }
}
