import Domain
import HTTPServer
import Ingest
import Jobs
import Storage
import Synchronization

/// `POST /v1/campaigns`: a campaign without recipients, or with all of them in the same body, which is read as it comes.
struct MakeCampaign: Sendable {
    static let bodyLimit = 4 << 30

    let call: APICall
    let door: UploadDoor

    /// What is known only once the whole body has arrived, for the reading that began before.
    private final class Late: Sendable {
        struct Words {
            let form: CampaignForm
            let digest: [UInt8]
        }

        let words = Mutex<Words?>(nil)
    }

    func response() async throws -> HTTPResponse {
        let key = try RequestKey(call, operation: "campaigns")
        var body = CampaignBody(call.request, wantsDigest: key != nil)
        return try await UploadProblem.told {
            if let earlier = try await key?.earlier(call) {
                while try await body.next() != nil {}
                return try earlier.outcome(for: body.digest).response()
            }
            var lines = try await body.next()
            while lines != nil, !body.hasRecipients { lines = try await body.next() }
            guard let lines else { return try await empty(body, key) }
            return try await door.through(call.caller.tenant) {
                let head = try body.head()
                guard CampaignForm.tellsHowToRead(head) else { return try await spooled(lines, &body, key) }
                return try await streamed(CampaignForm(head, now: call.now), lines, &body, key)
            }
        }
    }

    // MARK: Without recipients

    private func empty(_ body: CampaignBody, _ key: RequestKey?) async throws -> HTTPResponse {
        let form = try CampaignForm(body.rest(), now: call.now)
        let plan = try await CampaignPlan(form, call)
        let settings = CampaignSettings.text(form, isTest: call.caller.isTest)
        let draft = plan.request(.bytes([])).draft
        let call = call
        let answer = try await call.database.change(
            key?.with(body: body.digest), tenant: call.caller.tenant
        ) { session in
            let campaign = try CampaignStore.makeDraft(draft, settings: settings, on: session)
            try call.audit("create", campaign).store(on: session)
            return CampaignJSON.answer(campaign, status: 201)
        }
        return try located(answer)
    }

    // MARK: With recipients

    /// They are read as they arrive.
    private func streamed(
        _ form: CampaignForm, _ first: [UInt8], _ body: inout CampaignBody, _ key: RequestKey?
    ) async throws -> HTTPResponse {
        let plan = try await CampaignPlan(form, call)
        let late = Late()
        var arriving = body
        let response = try await RecipientsFlow.run { pipe in
            try await pipe.write(first)
            while let lines = try await arriving.next() { try await pipe.write(lines) }
            let whole = try CampaignForm(arriving.rest(), now: call.now)
            guard whole.reading == form.reading else {
                throw Problem.invalid(
                    "/recipients", "order",
                    "What says how recipients are read stands before and behind them: write it before them.")
            }
            late.words.withLock { $0 = Late.Words(form: whole, digest: arriving.digest) }
        } upload: { [self] input in
            try await upload(input, plan, late, key)
        }
        body = arriving
        return response
    }

    /// How they are to be read stands behind them: they wait.
    private func spooled(
        _ first: [UInt8], _ body: inout CampaignBody, _ key: RequestKey?
    ) async throws -> HTTPResponse {
        var spool = try RecipientsSpool()
        try spool.write(first)
        while let lines = try await body.next() { try spool.write(lines) }
        let form = try CampaignForm(body.rest(), now: call.now)
        let plan = try await CampaignPlan(form, call)
        let late = Late()
        late.words.withLock { $0 = Late.Words(form: form, digest: body.digest) }
        try spool.rewind()
        return try await RecipientsFlow.run { pipe in
            while let lines = try spool.next() { try await pipe.write(lines) }
        } upload: { [self] input in
            try await upload(input, plan, late, key)
        }
    }

    private func upload(
        _ input: UploadInput, _ plan: CampaignPlan, _ late: Late, _ key: RequestKey?
    ) async throws -> HTTPResponse {
        let upload = CampaignUpload(database: call.database(for: .recipients), keys: call.keys)
        if call.caller.isTest { return try await test(plan, upload.check(plan.request(input))) }
        let call = call
        let (campaign, answer) = try await QuotaHold.during(call) { hold in
            try await upload.fill(plan.request(input), campaign: nil, key: key?.bytes) { summary in
                guard let words = late.words.withLock({ $0 }) else { throw IngestError.cancelled }
                let starts = words.form.starts ?? true
                if starts { try await hold.take(Int64(summary.accepted), plan.priority) }
                return CampaignUpload.Ending(
                    plan.request(input, late: words.form),
                    UploadWriter.Ending(
                        settings: CampaignSettings.text(words.form, isTest: false), starts: starts,
                        again: words.form.again, key: key?.with(body: words.digest),
                        audit: { call.audit("create", $0) }, answer: { CampaignJSON.answer($0, status: 201) }))
            }
        }
        return HTTPResponse.json(status: answer.status, answer.body).adding([
            ("Location", "/v1/campaigns/\(campaign.id)")
        ])
    }

    /// Of a test key: all was checked, and there is nothing to look up.
    private func test(_ plan: CampaignPlan, _ summary: UploadSummary) -> HTTPResponse {
        var object = JSONObject()
        object["id"] = .null
        object["state"] = .string(CampaignState.draft.rawValue)
        object["test"] = true
        object["template"] = .string(plan.template.name)
        object["channel"] = .string(plan.template.channel.rawValue)
        CampaignJSON.add(summary, to: &object)
        return .json(.object(object), status: 201)
    }

    private func located(_ answer: KeyedOutcome) throws -> HTTPResponse {
        let response = try answer.response()
        guard case .done(let stored) = answer, let id = try? JSON.parse(stored.body)["id"]?.stringValue else {
            return response
        }
        return response.adding([("Location", "/v1/campaigns/\(id)")])
    }
}
