import Domain

/// Stores a list of suppressions of any length, piece by piece, in one transaction on a connection of its own:
/// all of it holds once `finish` returns, or nothing of it. The stored filter is built once, at the end.
///
/// While it runs, workers go on with the filter they have, and single opt-outs go on being recorded beside it; only
/// one that names the same address waits for the end.
package actor SuppressionUpload {
    private let connection: PostgresConnection
    private let tenant: Int64
    private let channel: Channel?
    private let reason: SuppressionReason
    private let origin: String
    private var rows = CopyRows()
    /// Rows in `new_hash` that are not in `suppression` yet.
    private var waiting = 0
    private var added: Int64 = 0

    /// Sorted in pieces of this size, hashes meet the index's pages in order: each page is written once a piece,
    /// not once a row. The pieces keep the temporary table at about 30 MB.
    private static let piece = 500_000

    private init(
        _ connection: PostgresConnection, tenant: Int64, channel: Channel?, reason: SuppressionReason, origin: String
    ) {
        self.connection = connection
        self.tenant = tenant
        self.channel = channel
        self.reason = reason
        self.origin = origin
    }

    /// From here on it pays to tidy up at once.
    private static let largeList: Int64 = 100_000

    package static func start(
        on database: Database, tenant: Int64, channel: Channel?, reason: SuppressionReason, origin: String
    ) async throws -> SuppressionUpload {
        let connection = database.dedicatedConnection(name: "suppress")
        try await connection.run { session in
            try session.execute("BEGIN")
            try PolicyStore.lockFilter(tenant: tenant, on: session)
            try session.execute("CREATE TEMP TABLE new_hash (hash bytea) ON COMMIT DROP")
        }
        return SuppressionUpload(connection, tenant: tenant, channel: channel, reason: reason, origin: origin)
    }

    /// Takes some hashes; the same one twice is no mistake.
    package func add(_ hashes: [RecipientHash]) async throws {
        rows.clear(header: true)
        for hash in hashes {
            rows.startRow(columns: 1)
            rows.append(bytes: hash.bytes)
        }
        rows.finish()
        let bytes = rows.bytes
        try await connection.run { session in
            try session.startCopy("COPY new_hash FROM STDIN (FORMAT binary)")
            try session.putCopy(bytes)
            try session.endCopy()
        }
        waiting += hashes.count
        if waiting >= Self.piece { try await move() }
    }

    /// Commits; returns how many were new.
    package func finish() async throws -> Int64 {
        try await move()
        let (tenant, added, channel, reason) = (tenant, added, channel, reason)
        try await connection.run { session in
            if added > 0 {
                try session.execute("INSERT INTO policy_change (tenant) VALUES ($1)", [.int(tenant)])
                try PolicyStore.rebuildFilter(tenant: tenant, on: session)
                if let origin = session.origin {
                    try PolicyStore.entry("suppression.add", added, tenant, channel, reason, by: origin)
                        .store(on: session)
                }
            }
            try session.execute("COMMIT")
            // Without it the first look at each entry fetches its row and writes its page: that cost a campaign
            // a third of its rate with ten million entries. What was committed stays, whatever becomes of this.
            if added >= Self.largeList { try? session.execute("VACUUM (ANALYZE, SKIP_LOCKED) suppression") }
        }
        await connection.close()
        return added
    }

    /// Leaves nothing behind.
    package func abandon() async { await connection.close() }

    private func move() async throws {
        guard waiting > 0 else { return }
        let values: [PostgresValue] = [
            .int(tenant), .int(Int64(channel?.code ?? 0)), .text(reason.rawValue), .text(origin),
        ]
        added += try await connection.run { session in
            let moved = try session.query(
                """
                WITH added AS (
                    INSERT INTO suppression (tenant, hash, channel, reason, origin)
                    SELECT $1::int, hash, $2::smallint, $3::text, $4::text FROM new_hash GROUP BY hash ORDER BY hash
                    ON CONFLICT DO NOTHING RETURNING 1
                )
                SELECT count(*) AS count FROM added
                """, values)[0].int("count")
            try session.execute("TRUNCATE new_hash")
            return moved
        }
        waiting = 0
    }
}
