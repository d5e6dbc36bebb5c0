import Domain

/// Campaigns that have not started: made without recipients, filled whole or not at all, started once.
extension CampaignStore {
    /// Makes a campaign without recipients. `settings`: what was asked for, as JSON.
    package static func makeDraft(
        _ draft: CampaignDraft, settings: String, id: Int64? = nil, on session: PostgresSession
    ) throws -> Campaign {
        let row = try session.query(
            """
            INSERT INTO campaign (id, tenant, source, template, name, channel, category, priority, state, due_at,
                overdue_limit, expires_at, fingerprint, columns, dedupe, recipients, rejected, duplicates, first_slice,
                draft, created_at)
            SELECT coalesce($1, nextval('campaign_number')), $2, $3, $4, $5, $6, $7, $8, 'draft',
                coalesce($9, clock_timestamp()), make_interval(secs => $10::bigint / 1e6),
                coalesce($9, clock_timestamp()) + make_interval(secs => $11::bigint / 1e6), '', '{}', $12, 0, 0, 0,
                coalesce((SELECT min(number) - 1 FROM ledger_slice WHERE state = 'open'), 0), $13, clock_timestamp()
            RETURNING id
            """,
            [
                .optional(id), .int(draft.tenant), .optional(draft.source), .int(draft.template), .text(draft.name),
                .int(Int64(draft.channel.code)), .int(Int64(draft.category.code)), .int(Int64(draft.priority.rawValue)),
                .optional(draft.dueAt), .int(draft.overdueLimit.wholeMicroseconds),
                .int(draft.expiry.wholeMicroseconds), .text(draft.dedupe), .text(settings),
            ])
        return try campaign(try row[0].int("id"), on: session)
    }

    /// Gives a draft its recipients, whose bodies are stored. Throws where it is none any more.
    static func fill(_ id: Int64, with draft: CampaignDraft, on session: PostgresSession) throws {
        let filled = try session.query(
            """
            UPDATE campaign SET fingerprint = $2, columns = $3, recipients = $4, rejected = $5, duplicates = $6,
                rejected_by = $7, due_at = coalesce($8, clock_timestamp()),
                expires_at = coalesce($8, clock_timestamp()) + make_interval(secs => $9::bigint / 1e6)
             WHERE id = $1 AND state = 'draft' RETURNING id
            """,
            [
                .int(id), .bytes(draft.fingerprint), .text(draft.columns), .int(draft.recipients), .int(draft.rejected),
                .int(draft.duplicates), .text(draft.rejectedBy), .optional(draft.dueAt),
                .int(draft.expiry.wholeMicroseconds),
            ])
        guard filled.count > 0 else { throw DraftRefusal.isNoDraft }
        try insertShards(of: draft, id: id, on: session)
    }

    /// Starts a draft that has recipients: now, or when its time comes. It expires as long after that as was asked for.
    package static func start(_ id: Int64, on session: PostgresSession) throws -> Bool {
        // While its recipients are being replaced, whom it would be sent to is open.
        guard try UploadWriter.tryLock(id, on: session) else { throw DraftRefusal.isBeingFilled }
        return try move(
            id, from: [.draft],
            to: """
                state = CASE WHEN recipients = 0 THEN state WHEN due_at > clock_timestamp() THEN 'scheduled' ELSE 'running' END,
                draft = CASE WHEN recipients = 0 THEN draft END,
                started_at = CASE WHEN recipients > 0 AND due_at <= clock_timestamp() THEN clock_timestamp() END,
                expires_at = greatest(due_at, clock_timestamp()) + (expires_at - due_at),
                due_at = greatest(due_at, clock_timestamp())
                """, on: session)
    }

    /// Drops drafts that nobody has filled for so long.
    package func dropEmptyDrafts(olderThan age: Duration) async throws -> Int {
        try await database.transaction { session in
            let old = try session.query(
                """
                SELECT id FROM campaign WHERE state = 'draft' AND recipients = 0
                   AND created_at < now() - make_interval(secs => $1::bigint / 1e6) FOR UPDATE SKIP LOCKED
                """, [.int(age.wholeMicroseconds)]
            ).map { try $0.int("id") }
            var dropped = 0
            for id in old {
                guard try UploadWriter.tryLock(id, on: session) else { continue }
                try UploadWriter.empty(id, on: session)
                try session.execute("DELETE FROM campaign WHERE id = $1", [.int(id)])
                dropped += 1
            }
            return dropped
        }
    }

    // MARK: Steering in a transaction of the caller's

    package static func campaign(_ id: Int64, on session: PostgresSession) throws -> Campaign {
        guard let row = try session.query("\(Campaign.selection) WHERE c.id = $1", [.int(id)]).first else {
            throw StorageError.malformed("campaign \(id)")
        }
        return try Campaign(row: row)
    }

    package static func pause(_ id: Int64, on session: PostgresSession) throws -> Bool {
        try move(id, from: [.running], to: "state = 'paused'", on: session)
    }

    package static func resume(_ id: Int64, on session: PostgresSession) throws -> Bool {
        try move(id, from: [.paused, .held], to: resuming, on: session)
    }

    package static func cancel(_ id: Int64, on session: PostgresSession) throws -> Bool {
        try move(id, from: [.draft, .scheduled, .held, .running, .paused], to: cancelling, on: session)
    }
}

/// Why a draft was not filled or started.
package enum DraftRefusal: Error, Sendable, Hashable {
    /// Its recipients are arriving.
    case isBeingFilled
    /// It has been started or cancelled, or was dropped.
    case isNoDraft
    case keyIsBusy
}
