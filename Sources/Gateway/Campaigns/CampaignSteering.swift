import Crypto
import Domain
import HTTPServer
import Jobs
import Storage

/// `start`, `pause`, `resume`, `cancel`, `resend-failed`: each once for its Idempotency-Key, where it takes one.
struct CampaignSteering: Sendable {
    let call: APICall

    func start() async throws -> HTTPResponse {
        let campaign = try await call.ownCampaign()
        try call.permit(campaign)
        // A test campaign would start here, and sends nothing.
        if call.caller.isTest, CampaignSettings.isTest(campaign) { return try await view(campaign) }
        try call.refuseTestKey()
        return try await UploadProblem.told {
            var cost: StartCost?
            if campaign.state == .draft, campaign.recipients > 0, try await isNew("start") {
                cost = try await StartCost(campaign, call)
            }
            let expected = cost
            return try await once("start", campaign, sending: campaign.state == .draft ? campaign.recipients : 0) {
                session in
                guard campaign.state != .draft || campaign.recipients > 0 else {
                    throw Problem(.wrongState, "The campaign has no recipients yet.", rule: "no_recipients")
                }
                guard try CampaignStore.start(campaign.id, on: session) else { throw Self.wrong(campaign, "started") }
                let started = try CampaignStore.campaign(campaign.id, on: session)
                try call.audit("start", started).store(on: session)
                return CampaignJSON.answer(started, status: 200, cost: expected)
            }
        }
    }

    func pause() async throws -> HTTPResponse {
        let campaign = try await call.campaign()
        try call.refuseTestKey()
        return try await change(campaign, "pause", "paused") { try CampaignStore.pause(campaign.id, on: $0) }
    }

    func resume() async throws -> HTTPResponse {
        let campaign = try await call.campaignToSend()
        try call.permit(campaign)
        return try await change(campaign, "resume", "resumed") { try CampaignStore.resume(campaign.id, on: $0) }
    }

    func cancel() async throws -> HTTPResponse {
        let campaign = try await call.campaign()
        try call.refuseTestKey()
        return try await change(campaign, "cancel", "cancelled") { try CampaignStore.cancel(campaign.id, on: $0) }
    }

    func resendFailed() async throws -> HTTPResponse {
        let campaign = try await call.campaignToSend()
        try call.permit(campaign)
        let body = try await call.body()
        let wish = try ResendWish(body)
        let store = call.campaigns
        let ledger = call.ledger
        let draft =
            campaign.state.isOver
            ? try await Resend(campaigns: store, ledger: ledger).draft(campaign, states: wish.states) : nil
        return try await once("resend", campaign, body: body, sending: draft?.recipients ?? 0) { session in
            guard campaign.state.isOver else {
                throw Problem(
                    .wrongState,
                    "The campaign is \(campaign.state.rawValue); what failed is sent again once it is over.",
                    rule: "state")
            }
            guard let draft else {
                return StoredAnswer(status: 200, body: Array(#"{"id":null,"accepted":0}"#.utf8))
            }
            do {
                let id = try CampaignStore.create(draft, again: wish.again, on: session)
                let resend = try CampaignStore.campaign(id, on: session)
                try call.audit("resend", resend).store(on: session)
                return CampaignJSON.answer(resend, status: 201)
            } catch let earlier as ResentAlready {
                throw Problem(
                    .wrongState,
                    "Those who failed were sent to again by campaign \(earlier.resend) already; with \"again\": true they are once more.",
                    rule: "resent_already")
            }
        }
    }

    // MARK: Steps

    private func view(_ campaign: Campaign) async throws -> HTTPResponse {
        .json(try await CampaignView(campaign, call).json(now: call.now))
    }

    private func change(
        _ campaign: Campaign, _ action: String, _ done: String, _ move: @Sendable (PostgresSession) throws -> Bool
    ) async throws -> HTTPResponse {
        let call = call
        let changed = try await call.database.transaction { session in
            guard try move(session) else { return nil as Campaign? }
            let changed = try CampaignStore.campaign(campaign.id, on: session)
            try call.audit(action, changed).store(on: session)
            return changed
        }
        guard let changed else { throw Self.wrong(try await call.campaign(), done) }
        return try await view(changed)
    }

    private func once(
        _ operation: String, _ campaign: Campaign, body: [UInt8] = [], sending recipients: Int64,
        _ work: @Sendable (PostgresSession) throws -> StoredAnswer
    ) async throws -> HTTPResponse {
        let key = try RequestKey(call, operation: "campaigns \(operation)")
        let isNew = try await isNew(operation)
        let whole = key?.with(body: Digest.sha256(Array("\(campaign.id) ".utf8) + body))
        return try await QuotaHold.during(call) { hold in
            if isNew { try await hold.take(recipients, campaign.priority) }
            let outcome = try await call.database.change(whole, tenant: call.caller.tenant, work)
            if case .done = outcome {} else { hold.giveBack() }
            return try outcome.response()
        }
    }

    /// What was answered before is answered so again, and sends to nobody.
    private func isNew(_ operation: String) async throws -> Bool {
        try await RequestKey(call, operation: "campaigns \(operation)")?.earlier(call) == nil
    }

    private static func wrong(_ campaign: Campaign, _ done: String) -> Problem {
        Problem(
            .wrongState, "Campaign \(campaign.id) is \(campaign.state.rawValue); it can't be \(done).", rule: "state")
    }
}

/// Who is sent to again: those who failed or whose message expired, on request those in doubt too.
private struct ResendWish {
    private(set) var states: [MessageState] = [.failed, .expired]
    let again: Bool

    init(_ body: [UInt8]) throws(Problem) {
        let faults = FieldReader.Faults()
        let reader = FieldReader(body.isEmpty ? [:] : try FieldReader.parse(body), faults: faults)
        again = reader.flag("again") ?? false
        if reader.flag("include_unknown") == true { states.append(.unknown) }
        reader.refuseOthers()
        try faults.throwIfAny()
    }
}
