import Domain

/// Stores an upload as it is read, in one transaction on a connection of its own: the campaign is there
/// as a whole once `finish` returns, or not at all. Whatever ends the process before leaves nothing.
package actor UploadWriter {
    /// What another upload of the last day has in common with this one.
    package struct AlreadySent: Error, Sendable {
        package let campaign: Int64
        package let at: Timestamp
    }

    package nonisolated let campaign: Int64
    let connection: PostgresConnection
    private var rows = CopyRows()

    init(campaign: Int64, connection: PostgresConnection) {
        self.campaign = campaign
        self.connection = connection
    }

    package static func start(on database: Database) async throws -> UploadWriter {
        let connection = database.dedicatedConnection(name: "upload")
        let campaign = try await connection.run { session in
            try session.execute("BEGIN")
            let number = try session.query("SELECT nextval('campaign_number') AS number")[0].int("number")
            // Whoever asks later whether this upload was stored waits for its end: `CampaignStore.wasStored`.
            try session.execute("SELECT pg_advisory_xact_lock(\(Self.lock("$1")))", [.int(number)])
            try session.startCopy(Self.copy)
            return number
        }
        return UploadWriter(campaign: campaign, connection: connection)
    }

    static let copy = "COPY shard_body (shard, kind, n, campaign, sealed) FROM STDIN (FORMAT binary)"

    /// What an upload holds until its transaction ends, by the campaign's number.
    static func lock(_ number: String) -> String { "hashtextextended('herald upload ' || \(number)::bigint, 0)" }

    /// The number of the upload's n-th shard, counted from 0.
    package nonisolated func shard(_ number: Int) -> Int64 { MessageID.shard(campaign: campaign, number: number) }

    package func store(shard: Int64, kind: ShardBodyKind, count: Int, sealed: [UInt8]) async throws {
        rows.startRow(columns: 5)
        rows.append(shard)
        rows.append(kind.rawValue)
        rows.append(Int32(count))
        rows.append(campaign)
        rows.append(bytes: sealed)
        if rows.bytes.count > 256 << 10 { try await flush() }
    }

    private func flush() async throws {
        let bytes = rows.bytes
        rows.clear(header: false)
        try await connection.run { try $0.putCopy(bytes) }
    }

    /// Commits the campaign. Unless `again`, refuses recipients that the same tenant sent the same
    /// template to within a day.
    package func finish(_ draft: CampaignDraft, again: Bool) async throws {
        try await endRows()
        let campaign = campaign
        try await connection.run { session in
            try session.endCopy()
            if !again, let earlier = try Self.earlier(than: draft, campaign, on: session) {
                try session.execute("ROLLBACK")
                throw earlier
            }
            try CampaignStore.insert(draft, id: campaign, on: session)
            try session.execute("NOTIFY herald_work")
            try session.execute("COMMIT")
        }
        await connection.close()
    }

    func endRows() async throws {
        rows.finish()
        try await flush()
    }

    /// Leaves nothing behind.
    package func abandon() async {
        await connection.close()
    }

    static func earlier(than draft: CampaignDraft, _ campaign: Int64, on session: PostgresSession) throws
        -> AlreadySent?
    {
        // Two uploads of the same file at once: the second waits for the first one's commit.
        try session.execute(
            "SELECT pg_advisory_xact_lock(hashtext('herald upload'), $1::int)", [.int(draft.tenant)])
        return try session.query(
            """
            SELECT c.id, c.created_at FROM campaign c JOIN template t ON t.id = c.template
             WHERE c.tenant = $1 AND c.fingerprint = $2 AND c.id <> $4 AND c.recipients > 0 AND c.resend_of IS NULL
               AND t.name = (SELECT name FROM template WHERE id = $3)
               AND c.created_at > now() - interval '1 day' AND (c.state NOT IN ('cancelling', 'cancelled') OR EXISTS (
                   -- Cancelled too late for some.
                   SELECT FROM ledger l WHERE l.message >= c.id << 35 AND l.message < (c.id + 1) << 35
                      AND l.slice >= c.first_slice AND l.state IN (4, 6)))
             ORDER BY c.id DESC LIMIT 1
            """, [.int(draft.tenant), .bytes(draft.fingerprint), .int(draft.template), .int(campaign)]
        ).first.map { AlreadySent(campaign: try $0.int("id"), at: try $0.time("created_at")) }
    }
}
