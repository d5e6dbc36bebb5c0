import Domain
import HTTPServer
import Jobs
import Storage

/// `/v1/dead-letters`: messages that were given up although no provider refused them.
enum DeadLetterRoutes {
    private static let bodyLimit = 1 << 20
    private static let most = 10_000

    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            secured.route(.get, "/v1/dead-letters", "listDeadLetters", scope: .deadLettersRead) { try await list($0) },
            secured.route(
                .post, "/v1/dead-letters/replay", "replayDeadLetters", scope: .deadLettersWrite,
                body: .whole(limit: bodyLimit)
            ) { try await replay($0) },
            secured.route(
                .post, "/v1/dead-letters/discard", "discardDeadLetters", scope: .deadLettersWrite,
                body: .whole(limit: bodyLimit)
            ) { call in
                let filter = try await call.fields { choice($0, call) }
                let count = try await store(call).discard(filter, audit: call.audit)
                return .json(["discarded": .int(Int64(count))])
            },
        ]
    }

    private static func store(_ call: APICall) -> DeadLetterStore { DeadLetterStore(database: call.database) }

    private static func list(_ call: APICall) async throws -> HTTPResponse {
        let page = try Page(call.request)
        var filter = DeadLetterStore.Filter()
        filter.tenant = call.caller.tenant
        if let text = call.request.parameter("campaign") {
            guard let campaign = Int64(text), campaign > 0 else {
                throw Problem.invalid("campaign", "type", "campaign must be a campaign's number.")
            }
            filter.campaign = campaign
        }
        switch call.request.parameter("state") {
        case nil: filter.state = .open
        case "all": break
        case let word?:
            guard let state = DeadLetterState(rawValue: word) else {
                throw Problem.invalid("state", "choice", "state must be one of open, replayed, discarded, all.")
            }
            filter.state = state
        }
        let found = try await store(call).page(
            filter, before: page.after.map { MessageID(rawValue: $0) }, limit: page.limit + 1)
        return .json(
            page.json(
                found.prefix(page.limit).map(json),
                next: found.count > page.limit ? found[page.limit - 1].message.rawValue : nil))
    }

    private static func json(_ letter: DeadLetter) -> JSON {
        [
            "message": .string(String(letter.message.rawValue)), "at": .time(letter.at),
            "campaign": .string(String(letter.campaign)),
            "provider": .text(letter.providerName.isEmpty ? nil : letter.providerName),
            "attempt": .int(Int64(letter.attempt)), "kind": .string(letter.kind.rawValue),
            "reason": .string(letter.reason), "state": .string(letter.state.rawValue),
            "replayed_by": .text(letter.replay.map(String.init)),
        ]
    }

    /// Which are meant. All of a tenant's at once must be asked for by something.
    private static func choice(_ reader: FieldReader, _ call: APICall) -> DeadLetterStore.Filter {
        var filter = DeadLetterStore.Filter()
        filter.messages = reader.list("messages", of: "a message's id", most: most) {
            Int64($0).map { MessageID(rawValue: $0) }
        }
        filter.campaign = reader.text("campaign").flatMap { text in
            let number = Int64(text)
            if number == nil { reader.fault("campaign", "choice", "campaign must be a campaign's id.") }
            return number
        }
        filter.reason = reader.text("reason")
        filter.since = reader.time("since")
        if filter == DeadLetterStore.Filter() {
            reader.fault("", "required", "Say which ones: messages, campaign, reason or since.")
        }
        filter.tenant = call.caller.tenant
        return filter
    }

    /// As new messages, checked anew, at a pace that crowds nobody out.
    private static func replay(_ call: APICall) async throws -> HTTPResponse {
        let (filter, pace) = try await call.fields { reader in
            (
                choice(reader, call),
                ReplayPace(Int(reader.integer("per_second", in: 1...1_000_000) ?? 50), in: .seconds(1))
            )
        }
        try call.refuseTestKey()
        let resend = Resend(campaigns: call.campaigns, ledger: call.ledger)
        var work: [(campaign: Campaign, messages: [MessageID])] = []
        for (id, messages) in try await store(call).open(filter).sorted(by: { $0.key < $1.key }) {
            guard let campaign = try await call.campaigns.campaign(id) else { continue }
            try await permit(messages, of: campaign, call)
            work.append((campaign, messages))
        }
        // All of it may be sent: now it is, a campaign at a time.
        var made: [JSON] = []
        for (campaign, messages) in work {
            let new = try await QuotaHold.during(call) { hold in
                try await hold.take(Int64(messages.count), campaign.priority)
                let new = try await resend.replay(messages, of: campaign, pace: pace, audit: call.audit)
                if new == nil { hold.giveBack() }
                return new
            }
            guard let new else { continue }
            made.append([
                "campaign": .string(String(new.id)), "replay_of": .string(String(campaign.id)),
                "recipients": .int(new.recipients),
            ])
        }
        return .json(["campaigns": .array(made)])
    }
    /// As for any campaign that is sent again: by its own source, and only what that may still send.
    private static func permit(_ messages: [MessageID], of campaign: Campaign, _ call: APICall) async throws {
        try call.requireOwn(campaign)
        try call.permit(campaign, countries: try await call.ledger.countries(of: messages, campaign: campaign.id))
    }
}
