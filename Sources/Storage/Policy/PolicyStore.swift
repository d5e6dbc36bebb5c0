import Domain

/// Suppressions (opt-outs, bounces, complaints) and the deny list.
package struct PolicyStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    // MARK: Suppressions

    /// Records suppressions; returns how many were new. A large list makes the stored filter anew, a
    /// small one goes into the log of changes that workers read at each window.
    package func suppress(
        tenant: Int64, hashes: [RecipientHash], channel: Channel?, reason: SuppressionReason, origin: String,
        audit: AuditOrigin? = nil
    ) async throws -> Int {
        let (hashes, isLarge) = (hashes.map(\.bytes), hashes.count > Self.largeList)
        return try await database.transaction { session in
            if isLarge { try Self.lockFilter(tenant: tenant, on: session) }
            let added = try session.query(
                """
                WITH added AS (
                    INSERT INTO suppression (tenant, hash, channel, reason, origin)
                    SELECT DISTINCT $1::int, hash, $2::smallint, $3::text, $4::text FROM unnest($6::bytea[]) n (hash)
                    ON CONFLICT DO NOTHING RETURNING hash
                ), logged AS (
                    INSERT INTO policy_change (tenant, hash) SELECT $1::int, hash FROM added WHERE NOT $5
                )
                SELECT count(*) AS count FROM added
                """,
                [
                    .int(tenant), .int(Int64(channel?.code ?? 0)), .text(reason.rawValue), .text(origin),
                    .bool(isLarge), .bytesArray(hashes),
                ])[0].int("count")
            if isLarge {
                try session.execute("INSERT INTO policy_change (tenant) VALUES ($1)", [.int(tenant)])
                try Self.rebuildFilter(tenant: tenant, on: session)
            }
            if let audit = audit ?? database.origin, added > 0 {
                try Self.entry("suppression.add", added, tenant, channel, reason, by: audit).store(on: session)
            }
            return Int(added)
        }
    }

    /// Records one suppression within a transaction of somebody else's.
    static func suppress(
        tenant: Int64, hash: RecipientHash, channel: Channel?, reason: SuppressionReason, origin: String,
        on session: PostgresSession
    ) throws {
        try session.execute(
            """
            WITH added AS (
                INSERT INTO suppression (tenant, hash, channel, reason, origin) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT DO NOTHING RETURNING hash
            )
            INSERT INTO policy_change (tenant, hash) SELECT $1, hash FROM added
            """,
            [
                .int(tenant), .bytes(hash.bytes), .int(Int64(channel?.code ?? 0)), .text(reason.rawValue),
                .text(origin),
            ])
    }

    /// Forgets soft bounces that count no more.
    package func pruneSoftBounces() async throws {
        try await database.run { try $0.execute("DELETE FROM soft_bounce WHERE at < now() - interval '7 days'") }
    }

    private static let largeList = 2000

    /// For who builds the tenant's filter: of two at once, the second one's scan must see the first one's rows. A small
    /// list needs no lock: what it logs is read together with any filter that did not see it.
    static func lockFilter(tenant: Int64, on session: PostgresSession) throws {
        try session.execute("SELECT pg_advisory_xact_lock(hashtext('herald suppression'), $1::int)", [.int(tenant)])
    }

    /// A list of any length, stored as a whole.
    package func startUpload(
        tenant: Int64, channel: Channel?, reason: SuppressionReason, origin: String
    ) async throws -> SuppressionUpload {
        try await SuppressionUpload.start(
            on: database, tenant: tenant, channel: channel, reason: reason, origin: origin)
    }

    /// Lifts a suppression; the workers' filters keep asking about it and hear no.
    package func lift(tenant: Int64, hash: RecipientHash, channel: Channel?, reason: SuppressionReason) async throws
        -> Bool
    {
        try await database.transaction { session in
            let lifted = try session.query(
                """
                DELETE FROM suppression WHERE tenant = $1 AND hash = $2 AND reason = $3
                   AND ($4::bigint IS NULL OR channel = $4) RETURNING hash
                """,
                [.int(tenant), .bytes(hash.bytes), .text(reason.rawValue), .optional(channel.map { Int64($0.code) })]
            ).count
            if lifted > 0, let origin = database.origin {
                try Self.entry("suppression.lift", 1, tenant, channel, reason, by: origin).store(on: session)
            }
            return lifted > 0
        }
    }

    /// Lifts many at once; returns how many there were.
    package func lift(
        tenant: Int64, hashes: [RecipientHash], channel: Channel?, reason: SuppressionReason, audit: AuditOrigin
    ) async throws -> Int {
        try await database.transaction { session in
            let lifted = try session.query(
                """
                DELETE FROM suppression WHERE tenant = $1 AND hash = ANY ($2) AND reason = $3
                   AND ($4::bigint IS NULL OR channel = $4) RETURNING 1
                """,
                [
                    .int(tenant), .bytesArray(hashes.map(\.bytes)), .text(reason.rawValue),
                    .optional(channel.map { Int64($0.code) }),
                ]
            ).count
            if lifted > 0 {
                try Self.entry("suppression.lift", Int64(lifted), tenant, channel, reason, by: audit).store(on: session)
            }
            return lifted
        }
    }

    /// Who was meant is nobody's to read in a log: only how many.
    static func entry(
        _ action: String, _ count: Int64, _ tenant: Int64, _ channel: Channel?, _ reason: SuppressionReason,
        by audit: AuditOrigin
    ) -> AuditEntry {
        AuditEntry(
            action, "\(count) \(count == 1 ? "address" : "addresses")", by: audit, tenant: tenant,
            after: ["channel": channel.map { .string($0.rawValue) } ?? "all", "reason": .string(reason.rawValue)])
    }

    package func suppressions(tenant: Int64, hash: RecipientHash) async throws -> [Suppression] {
        try await database.run { session in
            try session.query(
                "SELECT * FROM suppression WHERE tenant = $1 AND hash = $2 ORDER BY at",
                [.int(tenant), .bytes(hash.bytes)]
            ).map { try Suppression(row: $0) }
        }
    }

    /// How many there are, by channel and reason.
    package func suppressionCounts(tenant: Int64) async throws -> [(channel: Channel?, reason: String, count: Int64)] {
        try await database.run { session in
            try session.query(
                "SELECT channel, reason, count(*) AS count FROM suppression WHERE tenant = $1 GROUP BY 1, 2 ORDER BY 1, 2",
                [.int(tenant)]
            ).map { (Channel(code: try $0.int("channel")), try $0.text("reason"), try $0.int("count")) }
        }
    }

    /// Which of these recipients must not get a message of this category on this channel.
    package func confirm(
        tenant: Int64, hashes: [RecipientHash], channel: Channel, category: Category
    ) async throws -> [RecipientHash: SuppressionReason] {
        guard !hashes.isEmpty else { return [:] }
        return try await database.run { session in
            let rows = try session.query(
                """
                SELECT hash, reason FROM suppression WHERE tenant = $1 AND hash = ANY ($2)
                   AND channel IN (0, $3) AND (reason <> 'optout' OR $4)
                """,
                [
                    .int(tenant), .bytesArray(hashes.map(\.bytes)), .int(Int64(channel.code)),
                    .bool(category.respectsOptOut),
                ])
            var found: [RecipientHash: SuppressionReason] = [:]
            for i in 0..<rows.count {
                guard let hash = RecipientHash(bytes: try rows[i].bytes("hash")) else { continue }
                let reason = SuppressionReason(rawValue: try rows[i].text("reason")) ?? .optout
                // Of several the first of the alphabet, so that the same list always gives the same reason.
                if let known = found[hash], known.rawValue <= reason.rawValue { continue }
                found[hash] = reason
            }
            return found
        }
    }

    // MARK: Filter

    /// The tenant's filter, the snapshot it is as new as, and the changes in the log that it has taken in.
    package func filter(
        tenant: Int64
    ) async throws -> (filter: SuppressionFilter, horizon: Int64, reloads: Set<Int64>) {
        try await database.transaction { session in
            try session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            let reloads = Set(
                try session.query(
                    """
                    SELECT xid FROM policy_change WHERE hash IS NULL AND (tenant = $1 OR tenant IS NULL)
                       AND xid >= pg_snapshot_xmin(pg_current_snapshot())
                    """, [.int(tenant)]
                ).map { try $0.int("xid") })
            let stored = try session.query(
                """
                SELECT keys, bits, pg_snapshot_xmin(pg_current_snapshot()) AS now FROM suppression_filter WHERE tenant = $1
                """, [.int(tenant)]
            ).first
            // Whoever stores a large list builds the filter anew in the same transaction, so only small ones are missing.
            if let stored,
                var filter = SuppressionFilter(bytes: try stored.bytes("bits"), keys: Int(try stored.int("keys")))
            {
                let changes = try session.query(
                    """
                    SELECT hash FROM policy_change WHERE tenant = $1 AND hash IS NOT NULL
                       AND xid >= (SELECT horizon FROM suppression_filter WHERE tenant = $1)
                    """, [.int(tenant)])
                for i in 0..<changes.count {
                    if let hash = RecipientHash(bytes: try changes[i].bytes("hash")) { filter.insert(hash) }
                }
                // One that has grown too full would have everybody asked about.
                if !filter.isFull { return (filter, try stored.int("now"), reloads) }
            }
            let horizon = try session.query("SELECT pg_snapshot_xmin(pg_current_snapshot()) AS now")[0].int("now")
            return (try Self.scan(tenant: tenant, on: session), horizon, reloads)
        }
    }

    static func rebuildFilter(tenant: Int64, on session: PostgresSession) throws {
        let horizon = try session.query("SELECT pg_snapshot_xmin(pg_current_snapshot()) AS now")[0].int("now")
        let filter = try scan(tenant: tenant, on: session)
        try session.execute(
            """
            INSERT INTO suppression_filter (tenant, keys, horizon, bits) VALUES ($1, $2, $3::text::xid8, $4)
            ON CONFLICT (tenant) DO UPDATE SET keys = excluded.keys, horizon = excluded.horizon, bits = excluded.bits
            """, [.int(tenant), .number(filter.keys), .text(String(horizon)), .bytes(filter.bytes)])
    }

    private static func scan(tenant: Int64, on session: PostgresSession) throws -> SuppressionFilter {
        let count = try session.query("SELECT count(*) AS count FROM suppression WHERE tenant = $1", [.int(tenant)])[0]
            .int("count")
        // Room to grow, so that the changes of some days fit.
        var filter = SuppressionFilter(capacity: Int(count) + Int(count) / 4 + 1000)
        try session.copyOut("COPY (SELECT hash FROM suppression WHERE tenant = \(tenant)) TO STDOUT (FORMAT binary)") {
            row in
            // One column of sixteen bytes: its number of fields, its length, the hash.
            if row.count >= 22 { RecipientHash(bytes: row[(row.count - 16)...]).map { filter.insert($0) } }
        }
        return filter
    }

    /// Forgets what every worker has long taken in.
    package func pruneChanges() async throws {
        try await database.run { try $0.execute("SELECT prune_policy_changes()", []) }
    }

    // MARK: Deny list

    package func denyList(tenant: Int64) async throws -> DenyList {
        var list = DenyList()
        for entry in try await denyEntries(tenant: tenant) {
            switch entry.kind {
            case .address: unhex(entry.value).flatMap { RecipientHash(bytes: $0) }.map { list.deny(address: $0) }
            case .prefix: list.deny(prefix: entry.value)
            case .country: Region(entry.value).map { list.deny(country: $0) }
            case .domain: list.deny(domain: entry.value)
            }
        }
        return list
    }

    /// The tenant's own entries and those for everybody.
    package func denyEntries(tenant: Int64?) async throws -> [DenyEntry] {
        try await database.run { session in
            try session.query(
                "SELECT * FROM deny WHERE tenant IS NULL OR $1::bigint IS NULL OR tenant = $1 ORDER BY id",
                [.optional(tenant)]
            ).map { try DenyEntry(row: $0) }
        }
    }

    package func deny(tenant: Int64?, kind: DenyEntry.Kind, values: [String], note: String) async throws -> Int {
        try await database.transaction { session in
            let added = try session.query(
                """
                INSERT INTO deny (tenant, kind, value, note) SELECT $1, $2, v, $4 FROM unnest($3) v
                ON CONFLICT DO NOTHING RETURNING id
                """, [.optional(tenant), .text(kind.rawValue), .textArray(values), .text(note)]
            ).count
            try session.execute("INSERT INTO policy_change (tenant) VALUES ($1)", [.optional(tenant)])
            return added
        }
    }

    package func removeDeny(_ id: Int64) async throws -> Bool {
        try await database.transaction { session in
            let removed = try session.query("DELETE FROM deny WHERE id = $1 RETURNING tenant", [.int(id)])
            guard let row = removed.first else { return false }
            try session.execute(
                "INSERT INTO policy_change (tenant) VALUES ($1)", [.optional(try row.optionalInt("tenant"))])
            return true
        }
    }
}
