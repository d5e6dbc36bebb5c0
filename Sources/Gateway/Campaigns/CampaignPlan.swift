import Domain
import Ingest
import Jobs
import Storage

/// A form with what it names: the template, and the leave to send it.
struct CampaignPlan: Sendable {
    let form: CampaignForm
    let tenant: Tenant
    let source: Int64
    let template: TemplateVersion
    /// The channels that follow the template's own, or from which the cheapest is chosen.
    let further: [Channel]
    let isCheapest: Bool
    /// Leave to send, by channel.
    private let permits: [(channel: Channel, permit: UsePermit)]

    /// For a new campaign.
    init(_ form: CampaignForm, _ call: APICall) async throws {
        let name = form.reading.template
        let parties = call.parties
        guard !VerbatimTemplate.isOne(name),
            let template = try await parties.template(
                tenant: call.caller.tenant, name: name, version: form.reading.version)
        else {
            let version = form.reading.version.map { " of version \($0)" } ?? ""
            throw Problem.invalid("/template", "unknown_template", "There is no template “\(name)”\(version).")
        }
        try await self.init(form, template, call)
        let routes = try await RouteStore(database: call.database).rulesWithoutPrefixes()
        guard routes.contains(where: { $0.serves(template.channel, of: tenant.id) }) else {
            throw Problem(.wrongState, "No provider serves \(template.channel.rawValue) yet.", rule: "no_route")
        }
    }

    /// For a draft: as it was asked for, with the version of the template that was the newest then.
    init(draft: Campaign, _ call: APICall) async throws {
        guard let settings = draft.settings, let template = try await call.parties.template(id: draft.template)
        else { throw DraftRefusal.isNoDraft }
        try await self.init(
            try CampaignForm(CampaignSettings.form(try JSON.parse(settings)), now: call.now), template, call)
    }

    private init(_ form: CampaignForm, _ template: TemplateVersion, _ call: APICall) async throws {
        self.form = form
        self.template = template
        source = call.caller.source
        guard let tenant = try await call.parties.tenant(named: call.caller.tenantName) else {
            throw Problem(.notFound, "The tenant is gone.")
        }
        self.tenant = tenant
        (further, isCheapest) = try Self.channels(form, template)
        permits = try ([template.channel] + further).map { channel in
            let permit = try call.caller.permit(
                ProposedSend(
                    category: form.reading.category, channel: channel,
                    priority: form.reading.priority ?? form.reading.category.defaultPriority,
                    content: .template(template.name)))
            return (channel, permit)
        }
    }

    private static func channels(
        _ form: CampaignForm, _ template: TemplateVersion
    ) throws(Problem) -> (further: [Channel], isCheapest: Bool) {
        guard let choice = form.reading.channels else { return ([], false) }
        guard let json = try? JSON.parse(template.content), let content = try? MessageTemplate(json: json) else {
            throw .invalid("/template", "unusable", "The template “\(template.name)” can't be used.")
        }
        do {
            return try choice.channels(content)
        } catch {
            let detail =
                switch error {
                case .notFirst(let channel, let own):
                    "The template “\(template.name)” is for \(own.rawValue), so that comes first, not \(channel.rawValue)."
                case .twice: "channel names a channel twice."
                case .mute(let channel):
                    "The template “\(template.name)” has nothing to say by \(channel.rawValue): give it a variant."
                case .only(let channel):
                    "The template “\(template.name)” is for \(channel.rawValue) alone: there is nothing to choose from."
                }
            throw .invalid("/channel", "channel", detail)
        }
    }

    var priority: Priority { form.reading.priority ?? form.reading.category.defaultPriority }

    /// `late`: the form as it was once everything had arrived.
    func request(_ input: UploadInput, late: CampaignForm? = nil) -> CampaignRequest {
        let form = late ?? form
        var request = CampaignRequest(
            tenant: tenant, template: template, name: form.name ?? template.name, category: form.reading.category,
            input: input)
        request.source = source
        request.priority = form.reading.priority
        request.dueAt = form.sendAt
        request.overdueLimit = form.overdueLimit
        request.expiry = form.expiry
        request.again = form.again
        if let region = form.reading.region { request.region = region }
        request.columns = form.reading.columns
        request.delimiter = form.reading.delimiter
        request.hasHeader = form.reading.hasHeader
        request.dedupe = form.reading.dedupe
        // Packed or not, no more is read than could have been sent plain.
        request.expandedLimit = MakeCampaign.bodyLimit
        request.channels = further
        request.isCheapest = isCheapest
        for (channel, permit) in permits { request.countries[channel] = permit.countries }
        return request
    }
}

/// What is kept with a draft: the form, and whether a test key made it.
enum CampaignSettings {
    private static let test = "test"

    static func text(_ form: CampaignForm, isTest: Bool) -> String {
        var object = form.json.objectValue ?? JSONObject()
        if isTest { object[test] = true }
        return JSON.object(object).text
    }

    static func form(_ json: JSON) -> JSON {
        var object = json.objectValue ?? JSONObject()
        object[test] = nil
        return .object(object)
    }

    static func isTest(_ campaign: Campaign) -> Bool {
        campaign.settings.flatMap { try? JSON.parse($0) }?[test]?.boolValue == true
    }
}
