import Domain
import HTTPServer
import Jobs
import Storage

/// Which campaigns a key reaches. What it does not reach is not there.
extension APICall {
    /// The one in the path, for looking at it and for stopping it.
    func campaign() async throws -> Campaign {
        let id = try number("id")
        guard let campaign = try await CampaignStore(database: services.database).campaign(id), !campaign.isStream,
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
        guard campaign.source == caller.source else {
            throw AccessRefusal(
                rule: "campaign.source",
                text:
                    "source \(caller.sourceName) may not send campaigns of \(campaign.sourceName.isEmpty ? "the command line" : campaign.sourceName)"
            )
        }
        return campaign
    }

    func refuseTestKey() throws {
        guard !caller.isTest else {
            throw AccessRefusal(rule: "key.test", text: "a test key checks everything and changes no campaign")
        }
    }

    /// Whether its category, channel and template may still be sent.
    func permit(_ campaign: Campaign) throws(AccessRefusal) {
        _ = try caller.permit(
            ProposedSend(
                category: campaign.category, channel: campaign.channel, priority: campaign.priority,
                content: .template(campaign.templateName)))
    }

    /// Takes recipients who are about to be sent to from what the source may have accepted.
    func admit(_ recipients: Int64, _ priority: Priority) async throws {
        guard recipients > 0 else { return }
        let limit = try await services.limiter.take(
            Int(recipients), for: caller, isCritical: priority == .critical)
        if let problem = limit.problem { throw problem }
    }

    func audit(_ action: String, _ campaign: Campaign) -> AuditEntry {
        AuditEntry(
            "campaign.\(action)", String(campaign.id),
            by: AuditOrigin(actor: caller.shownKey, origin: request.client.description), tenant: caller.tenant,
            after: ["state": .string(campaign.state.rawValue), "accepted": .int(campaign.recipients)])
    }
}
