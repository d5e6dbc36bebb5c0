import Domain

/// Uploads for the API: they fill a draft, a new one or one that is there, whose recipients they replace.
extension UploadWriter {
    /// How an upload ends.
    package struct Ending: Sendable {
        /// What was asked for, for the record of a draft that is made here.
        package var settings: String
        /// Start it in the same transaction.
        package var starts: Bool
        package var again: Bool
        /// With the body's digest, which is known only now.
        package var key: IdempotencyKey?
        package var audit: @Sendable (Campaign) -> AuditEntry
        package var answer: @Sendable (Campaign) -> StoredAnswer

        package init(
            settings: String, starts: Bool, again: Bool, key: IdempotencyKey? = nil,
            audit: @escaping @Sendable (Campaign) -> AuditEntry, answer: @escaping @Sendable (Campaign) -> StoredAnswer
        ) {
            self.settings = settings
            self.starts = starts
            self.again = again
            self.key = key
            self.audit = audit
            self.answer = answer
        }
    }

    /// `draft`: which one to fill; nil for a new one. `key`: held until the upload ends, so that the same request is not
    /// worked on twice.
    package static func start(
        on database: Database, filling draft: Int64?, key: [UInt8]?
    ) async throws -> UploadWriter {
        let connection = database.dedicatedConnection(name: "upload")
        do {
            let campaign = try await connection.run { session in
                try session.execute("BEGIN")
                if let key {
                    guard try IdempotencyKey(key: key, body: []).lock(on: session),
                        try AcceptStore.Taking.earlier([key], on: session).isEmpty
                    else { throw DraftRefusal.keyIsBusy }
                }
                let id =
                    try draft ?? session.query("SELECT nextval('campaign_number') AS number")[0].int("number")
                guard try tryLock(id, on: session) else { throw DraftRefusal.isBeingFilled }
                if draft != nil {
                    let isDraft =
                        try session.query(
                            "SELECT FROM campaign WHERE id = $1 AND state = 'draft'", [.int(id)]
                        ).count > 0
                    guard isDraft else { throw DraftRefusal.isNoDraft }
                    try empty(id, on: session)
                }
                try session.startCopy(copy)
                return id
            }
            return UploadWriter(campaign: campaign, connection: connection)
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Commits the recipients with their draft, made here where there was none.
    package func finish(
        _ draft: CampaignDraft, isNew: Bool, _ ending: Ending
    ) async throws -> (campaign: Campaign, answer: StoredAnswer) {
        try await endRows()
        let id = campaign
        let result = try await connection.run { session in
            try session.endCopy()
            if !ending.again, draft.recipients > 0, let earlier = try Self.earlier(than: draft, id, on: session) {
                throw earlier
            }
            if isNew { _ = try CampaignStore.makeDraft(draft, settings: ending.settings, id: id, on: session) }
            try CampaignStore.fill(id, with: draft, on: session)
            if ending.starts, draft.recipients > 0 { _ = try CampaignStore.start(id, on: session) }
            let campaign = try CampaignStore.campaign(id, on: session)
            let answer = ending.answer(campaign)
            try ending.key?.keep(answer, tenant: draft.tenant, on: session)
            try ending.audit(campaign).store(on: session)
            try session.execute("COMMIT")
            return (campaign, answer)
        }
        await connection.close()
        return result
    }

    /// Takes what an upload holds; false where one has it.
    static func tryLock(_ campaign: Int64, on session: PostgresSession) throws(StorageError) -> Bool {
        try session.query("SELECT pg_try_advisory_xact_lock(\(lock("$1"))) AS mine", [.int(campaign)])[0].bool("mine")
    }

    /// Forgets the recipients that a draft had.
    static func empty(_ campaign: Int64, on session: PostgresSession) throws(StorageError) {
        try session.execute("DELETE FROM shard WHERE campaign = $1", [.int(campaign)])
        try session.execute(
            "DELETE FROM shard_body WHERE shard >= $1 AND shard < $2",
            [
                .int(MessageID.shard(campaign: campaign, number: 0)),
                .int(MessageID.shard(campaign: campaign + 1, number: 0)),
            ])
    }
}
