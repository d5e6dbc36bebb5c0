import Domain
import HTTPServer
import Jobs
import Storage

/// Which campaigns a key reaches. What it does not reach is not there.
extension APICall {
    /// The one in the path, for looking at it and for stopping it.
    func campaign() async throws -> Campaign { try await campaign(try number("id")) }

    func campaign(_ id: Int64) async throws -> Campaign {
        guard let campaign = try await campaigns.campaign(id), !campaign.isStream,
            campaign.tenant == caller.tenant, caller.sight == .tenant || campaign.source == caller.source
        else { throw Problem(.notFound, "There is no campaign \(id).") }
        return campaign
    }

    /// The one in the path, for what makes it send: that is for its own source, and not for test keys.
    func campaignToSend() async throws -> Campaign {
        let campaign = try await ownCampaign()
        try refuseTestKey()
        return campaign
    }

    func ownCampaign() async throws -> Campaign {
        let campaign = try await campaign()
        try requireOwn(campaign)
        return campaign
    }

    /// Whoever sends does so for his own source, by what that may.
    func requireOwn(_ campaign: Campaign) throws(AccessRefusal) {
        guard campaign.source == caller.source else {
            throw AccessRefusal(
                rule: "campaign.source",
                text:
                    "source \(caller.sourceName) may not send campaigns of \(campaign.sourceName.isEmpty ? "the command line" : campaign.sourceName)"
            )
        }
    }

    func refuseTestKey() throws {
        guard !caller.isTest else {
            throw AccessRefusal(rule: "key.test", text: "a test key checks everything and changes no campaign")
        }
    }

    /// Whether its category, channels and template may still be sent, and to where its recipients are. `countries`: of
    /// these messages, where only some of its recipients are meant.
    func permit(_ campaign: Campaign, countries: Set<Region>? = nil) throws {
        let reading = try ColumnsRecord(json: campaign.columns)
        let isRaw = VerbatimTemplate.isOne(campaign.templateName)
        for channel in [campaign.channel] + reading.channels {
            let permit = try caller.permit(
                ProposedSend(
                    category: campaign.category, channel: channel, priority: campaign.priority,
                    content: isRaw ? .raw : .template(campaign.templateName)))
            for region in (countries ?? reading.regions[channel.addressField].map { Set($0) } ?? []).sorted(by: {
                $0.code < $1.code
            }) {
                if let refusal = permit.refusal(region) { throw refusal }
            }
        }
    }

    func audit(_ action: String, _ campaign: Campaign) -> AuditEntry {
        AuditEntry(
            "campaign.\(action)", String(campaign.id),
            by: AuditOrigin(actor: caller.shownKey, origin: request.client.description), tenant: caller.tenant,
            after: ["state": .string(campaign.state.rawValue), "accepted": .int(campaign.recipients)])
    }
}
