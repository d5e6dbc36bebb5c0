import Domain

/// Campaigns: making, finding, steering.
package struct CampaignStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    package func campaign(_ id: Int64) async throws -> Campaign? {
        try await database.run { session in
            try session.query("\(Campaign.selection) WHERE c.id = $1", [.int(id)]).first.map { try Campaign(row: $0) }
        }
    }

    package func campaigns(tenant: Int64? = nil, limit: Int = 50) async throws -> [Campaign] {
        try await database.run { session in
            try session.query(
                "\(Campaign.selection) WHERE NOT c.stream AND ($1::bigint IS NULL OR c.tenant = $1) ORDER BY c.id DESC LIMIT $2",
                [.optional(tenant), .number(limit)]
            ).map { try Campaign(row: $0) }
        }
    }

    /// Whether the upload that drew this number was committed. An upload whose process is gone may still be
    /// ending in the server: this waits for that, so the answer is final.
    package func wasStored(_ id: Int64) async throws -> Bool {
        try await database.transaction { session in
            try session.execute("SELECT pg_advisory_xact_lock(\(UploadWriter.lock("$1")))", [.int(id)])
            // A statement of its own: its snapshot is taken after the wait.
            return try session.query("SELECT FROM campaign WHERE id = $1", [.int(id)]).count > 0
        }
    }

    package func progress(_ id: Int64) async throws -> CampaignProgress {
        try await database.run { session in
            let rows = try session.query(
                """
                SELECT state, currency, sum(messages)::bigint AS messages, sum(attempts)::bigint AS attempts,
                       sum(segments)::bigint AS segments, sum(cost)::bigint AS cost
                FROM (SELECT * FROM rollup WHERE campaign = $1 UNION ALL SELECT * FROM rollup_delta WHERE campaign = $1) r
                GROUP BY state, currency
                """, [.int(id)])
            var progress = CampaignProgress()
            for index in 0..<rows.count { try progress.add(rows[index]) }
            return progress
        }
    }

    // MARK: Steering

    /// Moves a campaign to a state if it is in one of the others; says whether it was.
    private func move(_ verb: String, _ id: Int64, from states: [CampaignState], to assignment: String) async throws
        -> Bool
    {
        try await database.transaction { session in
            let before = try session.query(
                "SELECT tenant, state FROM campaign WHERE id = $1 FOR UPDATE", [.int(id)]
            ).first
            guard let before, try Self.move(id, from: states, to: assignment, on: session) else { return false }
            if let origin = session.origin {
                try AuditEntry(
                    "campaign.\(verb)", String(id), by: origin, tenant: try before.int("tenant"),
                    before: ["state": .string(try before.text("state"))]
                ).store(on: session)
            }
            return true
        }
    }

    static func move(
        _ id: Int64, from states: [CampaignState], to assignment: String, on session: PostgresSession
    ) throws -> Bool {
        let moved =
            try session.query(
                "UPDATE campaign SET \(assignment) WHERE id = $1 AND state = ANY ($2) RETURNING id",
                [.int(id), .textArray(states.map(\.rawValue))]
            ).count > 0
        if moved { try session.execute("NOTIFY herald_work") }
        return moved
    }

    static let cancelling = "state = 'cancelling', draft = NULL"
    static let resuming = """
        state = 'running', note = '', started_at = coalesce(started_at, clock_timestamp()),
        expires_at = CASE WHEN state = 'held' AND category IN (2, 4)
                     THEN greatest(expires_at, clock_timestamp() + (expires_at - due_at)) ELSE expires_at END
        """

    package func pause(_ id: Int64) async throws -> Bool {
        try await move("pause", id, from: [.running], to: "state = 'paused'")
    }

    /// Stops a campaign that can't go on as things are, with what to do about it.
    package func stop(_ id: Int64, note: String) async throws {
        try await database.transaction { session in
            try session.execute(
                "UPDATE campaign SET state = 'paused', note = $2 WHERE id = $1 AND state = 'running'",
                [.int(id), .text(note)])
        }
    }

    /// Goes on with a paused campaign, and starts a held one.
    package func resume(_ id: Int64) async throws -> Bool {
        try await move("resume", id, from: [.paused, .held], to: Self.resuming)
    }

    /// What was not sent yet never will be; it is written off as `cancelled`.
    package func cancel(_ id: Int64) async throws -> Bool {
        try await move("cancel", id, from: [.draft, .scheduled, .held, .running, .paused], to: Self.cancelling)
    }

    // MARK: Making

    /// The shards whose stored recipients a campaign's shards are.
    package func bodies(campaign: Int64) async throws -> [Int64: Int64] {
        let pairs = try await database.run { session in
            try session.query("SELECT ids, body FROM shard WHERE campaign = $1 AND ids <> body", [.int(campaign)])
                .map { (try $0.int("ids"), try $0.int("body")) }
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// A campaign whose recipients are stored already: those of another one that failed. Its shards are
    /// numbered here. Dead letters that it sends again are marked with it.
    package func create(
        _ draft: CampaignDraft, again: Bool, deadLetters: [MessageID] = [], audit: AuditOrigin? = nil
    ) async throws -> Int64 {
        try await database.transaction {
            try Self.create(draft, again: again, deadLetters: deadLetters, audit: audit, on: $0)
        }
    }

    package static func create(
        _ draft: CampaignDraft, again: Bool, deadLetters: [MessageID] = [], audit: AuditOrigin? = nil,
        on session: PostgresSession
    ) throws -> Int64 {
        if !again { try refuseSecondResend(draft, on: session) }
        let id = try session.query("SELECT nextval('campaign_number') AS number")[0].int("number")
        var draft = draft
        for number in draft.shards.indices {
            draft.shards[number].id = MessageID.shard(campaign: id, number: number)
        }
        try insert(draft, id: id, on: session)
        if !deadLetters.isEmpty {
            try DeadLetterStore.settle(deadLetters, replay: id, on: session)
            if let audit = audit ?? session.origin {
                try AuditEntry(
                    "deadletter.replay", "\(deadLetters.count) messages", by: audit, tenant: draft.tenant,
                    after: ["campaign": .int(id)]
                ).store(on: session)
            }
        }
        try session.execute("NOTIFY herald_work")
        return id
    }

    /// Whom an earlier resend reached would get the message a second time.
    private static func refuseSecondResend(_ draft: CampaignDraft, on session: PostgresSession) throws {
        guard let original = draft.resendOf else { return }
        try session.execute("SELECT FROM campaign WHERE id = $1 FOR UPDATE", [.int(original)])
        let earlier = try session.query(
            "SELECT id FROM campaign WHERE resend_of = $1 AND state <> 'cancelled' ORDER BY id DESC LIMIT 1",
            [.int(original)])
        if let row = earlier.first { throw ResentAlready(campaign: original, resend: try row.int("id")) }
    }

    static func insert(_ draft: CampaignDraft, id: Int64, on session: PostgresSession) throws {
        try session.execute(
            """
            INSERT INTO campaign (id, tenant, source, template, name, channel, category, priority, state, due_at,
                overdue_limit, expires_at, resend_of, fingerprint, columns, dedupe, recipients, rejected, duplicates,
                rejected_by, first_slice, started_at, finished_at, created_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8,
                CASE WHEN $15::bigint = 0 THEN 'finished' WHEN $9::timestamptz > clock_timestamp() THEN 'scheduled' ELSE 'running' END,
                coalesce($9, clock_timestamp()), make_interval(secs => $10::bigint / 1e6),
                greatest(coalesce($9, clock_timestamp()), clock_timestamp()) + make_interval(secs => $11::bigint / 1e6), $12, $13, $14,
                $19, $15, $16, $17, $18,
                coalesce((SELECT min(number) - 1 FROM ledger_slice WHERE state = 'open'), 0),
                CASE WHEN $9 > clock_timestamp() THEN NULL ELSE clock_timestamp() END,
                CASE WHEN $15 = 0 THEN clock_timestamp() END, clock_timestamp()
            """,
            [
                .int(id), .int(draft.tenant), .optional(draft.source), .int(draft.template), .text(draft.name),
                .int(Int64(draft.channel.code)), .int(Int64(draft.category.code)), .int(Int64(draft.priority.rawValue)),
                .optional(draft.dueAt), .int(draft.overdueLimit.wholeMicroseconds),
                .int(draft.expiry.wholeMicroseconds),
                .optional(draft.resendOf), .bytes(draft.fingerprint), .text(draft.columns), .int(draft.recipients),
                .int(draft.rejected), .int(draft.duplicates), .text(draft.rejectedBy), .text(draft.dedupe),
            ])
        try insertShards(of: draft, id: id, on: session)
        guard let origin = session.origin else { return }
        try AuditEntry(
            "campaign.send", String(id), by: origin, tenant: draft.tenant,
            after: [
                "name": .string(draft.name), "recipients": .int(draft.recipients),
                "resend_of": draft.resendOf.map { .int($0) } ?? .null,
            ]
        ).store(on: session)
    }

    static func insertShards(of draft: CampaignDraft, id: Int64, on session: PostgresSession) throws {
        guard !draft.shards.isEmpty else { return }
        let shards = draft.shards
        try session.execute(
            """
            INSERT INTO shard (id, campaign, tenant, tier, priority, due_at, body, ids, items, skip, n)
            SELECT n.id, c.id, c.tenant, CASE t.tier WHEN 'enterprise' THEN 0 WHEN 'paid' THEN 1 ELSE 2 END, c.priority,
                   c.due_at + n.delay_us * interval '1 microsecond', n.body, n.id, n.items, n.skip, n.n
              FROM unnest($2, $3, $4, $5, $6, $7) n (id, body, items, skip, n, delay_us),
                   campaign c JOIN tenant t ON t.id = c.tenant WHERE c.id = $1
            """,
            [
                .int(id), .intArray(shards.map(\.id)), .intArray(shards.map { $0.body ?? $0.id }),
                .bytesArray(shards.map(\.items)), .bytesArray(shards.map(\.skip)),
                .intArray(shards.map { Int64($0.count) }), .intArray(shards.map(\.delay.wholeMicroseconds)),
            ])
    }
}
