import Domain
import HTTPServer
import Storage

/// `/v1/campaigns`.
enum CampaignRoutes {
    private static let file = BodyRule.stream(limit: MakeCampaign.bodyLimit)

    static func routes(_ secured: SecuredRoutes, _ feed: CampaignFeed) -> [Route] {
        let door = UploadDoor()
        let one = "/v1/campaigns/{id}"
        return [
            secured.route(.post, "/v1/campaigns", "createCampaign", scope: .campaignsWrite, body: file) {
                try await MakeCampaign(call: $0, door: door).response()
            },
            secured.route(.get, "/v1/campaigns", "listCampaigns", scope: .campaignsRead, handler: list),
            secured.route(.get, one, "getCampaign", scope: .campaignsRead) { call in
                .json(try await CampaignView(call.campaign(), call).json(now: call.now))
            },
            secured.route(.put, one + "/recipients", "putCampaignRecipients", scope: .campaignsWrite, body: file) {
                try await FillCampaign(call: $0, door: door).response()
            },
            secured.route(.post, one + "/check", "checkCampaign", scope: .campaignsWrite, body: file) {
                try await CheckCampaign(call: $0, door: door).response()
            },
            secured.route(.post, one + "/start", "startCampaign", scope: .campaignsWrite) {
                try await CampaignSteering(call: $0).start()
            },
            secured.route(.post, one + "/pause", "pauseCampaign", scope: .campaignsWrite) {
                try await CampaignSteering(call: $0).pause()
            },
            secured.route(.post, one + "/resume", "resumeCampaign", scope: .campaignsWrite) {
                try await CampaignSteering(call: $0).resume()
            },
            secured.route(.post, one + "/cancel", "cancelCampaign", scope: .campaignsWrite) {
                try await CampaignSteering(call: $0).cancel()
            },
            secured.route(
                .post, one + "/resend-failed", "resendFailedOfCampaign", scope: .campaignsWrite,
                body: .whole(limit: 4096)
            ) { try await CampaignSteering(call: $0).resendFailed() },
            secured.route(.get, one + "/rejects.csv", "getCampaignRejects", scope: .campaignsRead) {
                try await CampaignFiles(call: $0).rejects()
            },
            secured.route(.get, one + "/results.csv", "getCampaignResults", scope: .campaignsRead) {
                try await CampaignFiles(call: $0).results()
            },
            secured.route(.get, "/v1/events", "followEvents", scope: .campaignsRead) { call in
                let socket = EventSocket(call: call, feed: feed) { await secured.holds(call, .campaignsRead) }
                return try await socket.response()
            },
            secured.route(.get, one + "/events", "streamCampaignEvents", scope: .campaignsRead) { call in
                try await feed.open(call.campaign().id, after: call.request.lastEventID)
            },
        ]
    }

    @Sendable private static func list(_ call: APICall) async throws -> HTTPResponse {
        let page = try Page(call.request)
        let campaigns = try await call.campaigns.page(
            tenant: call.caller.tenant, source: call.caller.sight == .tenant ? nil : call.caller.source,
            before: page.after, limit: page.limit + 1)
        let items = campaigns.prefix(page.limit).map { JSON.object(CampaignJSON.object($0)) }
        let next = campaigns.count > page.limit ? campaigns[page.limit - 1].id : nil
        return .json(page.json(Array(items), next: next))
    }
}
