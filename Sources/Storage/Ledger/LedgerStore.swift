import Domain

/// The ledger: its slices, finding what happened to a message, and the proof that the reports agree.
package struct LedgerStore: Sendable {
    package let database: Database
    let keys: KeyRing

    package init(database: Database, keys: KeyRing) {
        self.database = database
        self.keys = keys
    }

    // MARK: Slices

    /// The slice that rows go to now. Makes the first one.
    package func currentSlice() async throws -> LedgerSlice {
        try await database.transaction { session in
            if let slice = try Self.openSlice(on: session) { return slice }
            try session.execute("SELECT pg_advisory_xact_lock(hashtext('herald ledger rotation'))")
            if let slice = try Self.openSlice(on: session) { return slice }
            try session.execute("SELECT make_ledger_slice($1)", [.bytes(randomBytes(16))])
            try session.execute("SELECT make_ledger_slice($1)", [.bytes(randomBytes(16))])
            try session.execute(
                """
                UPDATE ledger_slice SET state = 'open', opened_at = now()
                 WHERE number = (SELECT min(number) FROM ledger_slice WHERE state = 'ahead')
                """)
            guard let slice = try Self.openSlice(on: session) else { throw StorageError.malformed("no ledger slice") }
            return slice
        }
    }

    private static func openSlice(on session: PostgresSession) throws -> LedgerSlice? {
        try session.query("SELECT number, salt FROM ledger_slice WHERE state = 'open'").first.map {
            LedgerSlice(number: Int(try $0.int("number")), salt: try $0.bytes("salt"))
        }
    }

    /// Goes on to the next slice once the open one is large enough, and makes one ahead. Workers follow
    /// with their next shard.
    package func rotateSlices(above bytes: Int64 = 700 << 20) async throws -> Bool {
        try await database.transaction { session in
            try session.execute("SELECT pg_advisory_xact_lock(hashtext('herald ledger rotation'))")
            guard let slice = try Self.openSlice(on: session) else { return false }
            let size = try session.query(
                "SELECT pg_relation_size($1::text::regclass) AS size", [.text(slice.table)])[0].int("size")
            guard size > bytes else { return false }
            try session.execute(
                "UPDATE ledger_slice SET state = 'closed', closed_at = now() WHERE number = $1",
                [.int(Int64(slice.number))])
            try session.execute(
                """
                UPDATE ledger_slice SET state = 'open', opened_at = now()
                 WHERE number = (SELECT min(number) FROM ledger_slice WHERE state = 'ahead')
                """)
            try session.execute("SELECT make_ledger_slice($1)", [.bytes(randomBytes(16))])
            return true
        }
    }

    /// Indexes the pages that were written since the last time; search reads the rest one by one.
    package func summarize() async throws {
        try await database.run { session in
            try session.execute(
                """
                SELECT brin_summarize_new_values(i.indexrelid) FROM ledger_slice s
                  JOIN pg_index i ON i.indrelid = ('ledger_' || lpad(s.number::text, 6, '0'))::regclass
                  JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am a ON a.oid = x.relam AND a.amname = 'brin'
                 WHERE s.state = 'open'
                """, [])
        }
    }

    package func compactRollups() async throws -> Int64 {
        try await database.run { session in
            try session.query("SELECT compact_rollups(100000) AS rows")[0].int("rows")
        }
    }

    // MARK: Finding

    private static let selection = selection(final: "l.final")

    private static func selection(final: String) -> String {
        """
        SELECT l.message, l.at, l.campaign, c.name AS campaign_name, c.category, coalesce(o.name, '') AS source_name, l.tenant, t.name AS tenant_name, t.sealed_key,
               l.channel, coalesce(p.name, '') AS provider_name, l.attempt, l.segments, l.state, \(final) AS final, l.was, l.country,
               l.cost, l.currency, l.reason, l.reference, l.recipient, l.slice, s.salt
          FROM ledger l JOIN campaign c ON c.id = l.campaign JOIN tenant t ON t.id = l.tenant
          JOIN ledger_slice s ON s.number = l.slice LEFT JOIN provider p ON p.id = l.provider
          LEFT JOIN source o ON o.id = c.source
        """
    }

    /// What was sent to an address, newest first.
    package func find(tenant: Int64, key: TenantKey, kind: AddressKind, address: String, limit: Int = 100) async throws
        -> [LedgerEntry]
    {
        var query = LedgerQuery(tenant: tenant)
        query.recipient = LedgerQuery.Recipient(kind, address: address, hash: key.recipients)
        return try await search(query, limit: limit)
    }

    /// All that is known of one message, oldest first.
    package func trace(_ message: MessageID) async throws -> [LedgerEntry] { try await trace(message...message) }

    /// The same of neighbours in one shard, message by message.
    package func trace(_ messages: ClosedRange<MessageID>) async throws -> [LedgerEntry] {
        try await read(
            """
            \(Self.selection) WHERE l.message >= $1 AND l.message <= $2
               AND l.slice >= (SELECT first_slice FROM campaign WHERE id = $1::bigint >> 35)
             ORDER BY l.message, l.slice, l.attempt, l.at
            """, [.int(messages.lowerBound.rawValue), .int(messages.upperBound.rawValue)])
    }

    // MARK: A campaign's messages

    /// A campaign's rows by the range of its message numbers, which the slices' indexes know.
    private static let everyAttempt = """
        l.message >= $1::bigint << 35 AND l.message < ($1::bigint + 1) << 35
          AND l.slice >= (SELECT first_slice FROM campaign WHERE id = $1)
        """
    /// Whether a row is the end of its message: no later row corrects it. Those are looked for in a range of messages.
    private static func isFinal(from lowest: String, below highest: String) -> String {
        """
        l.final AND (l.message, l.state) NOT IN (
              SELECT k.message, k.was FROM ledger k WHERE k.message >= \(lowest) AND k.message < \(highest) AND k.was > 0
                 AND k.slice >= (SELECT first_slice FROM campaign WHERE id = $1))
        """
    }
    /// Among all of the campaign.
    private static let isFinal = isFinal(from: "$1::bigint << 35", below: "($1::bigint + 1) << 35")
    private static let ofCampaign = everyAttempt + " AND " + isFinal

    /// The messages of a campaign in some final states, for sending them again.
    package func messages(campaign: Int64, states: [MessageState]) async throws -> [MessageID] {
        try await requireHere(campaign: campaign)
        return try await database.run { session in
            try session.query(
                "SELECT l.message FROM ledger l WHERE \(Self.ofCampaign) AND l.state = ANY ($2::bigint[]) ORDER BY l.message",
                [.int(campaign), .intArray(states.map { Int64($0.rawValue) })]
            ).map { MessageID(rawValue: try $0.int("message")) }
        }
    }

    /// Where some messages of a campaign were to go.
    package func countries(of messages: [MessageID], campaign: Int64) async throws -> Set<Region> {
        try await requireHere(campaign: campaign)
        return try await database.run { session in
            Set(
                try session.query(
                    "SELECT DISTINCT l.country FROM ledger l WHERE \(Self.everyAttempt) AND l.message = ANY ($2)",
                    [.int(campaign), .intArray(messages.map(\.rawValue))]
                ).map { Region(try $0.text("country")) ?? .none })
        }
    }

    /// How far a campaign's message numbers reach.
    package func lastShard(campaign: Int64) async throws -> Int64? {
        try await database.run { session in
            try session.query("SELECT max(ids) AS last FROM shard WHERE campaign = $1", [.int(campaign)])[0]
                .optionalInt("last")
        }
    }

    /// The final states of the messages from one number up to another, in their order.
    package func results(campaign: Int64, from: MessageID, to: MessageID) async throws -> [LedgerEntry] {
        try await requireHere(campaign: campaign)
        // Corrections are folded in here: looked for in SQL they would cost a scan of the campaign for each call.
        let rows = try await read(
            """
            \(Self.selection) WHERE l.message >= $2 AND l.message < $3 AND (l.final OR l.was <> 0 OR l.cost <> 0)
               AND l.slice >= (SELECT first_slice FROM campaign WHERE id = $1) ORDER BY l.message, l.was
            """, [.int(campaign), .int(from.rawValue), .int(to.rawValue)])
        var results: [LedgerEntry] = []
        var start = 0
        while start < rows.count {
            let end = rows[start...].firstIndex { $0.message != rows[start].message } ?? rows.count
            if let result = LedgerEntry.folded(rows[start..<end]) { results.append(result) }
            start = end
        }
        return results
    }

    /// The same with every attempt that was billed or is in doubt.
    package func attempts(campaign: Int64, from: MessageID, to: MessageID) async throws -> [LedgerEntry] {
        try await requireHere(campaign: campaign)
        return try await read(
            """
            \(Self.selection(final: Self.isFinal(from: "$2", below: "$3")))
             WHERE \(Self.everyAttempt) AND l.message >= $2 AND l.message < $3 ORDER BY l.message, l.attempt, l.at
            """, [.int(campaign), .int(from.rawValue), .int(to.rawValue)])
    }

    /// Messages of a campaign by state and reason, where there is one.
    package func reasons(campaign: Int64) async throws -> [(state: MessageState, reason: String, count: Int64)] {
        try await database.transaction { session in
            // Nothing is known yet about a slice that is being filled, and a guess reads all of the campaign's rows: those
            // with a reason have an index of their own.
            try session.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            let all = try Self.reasons(campaign, "l.final", on: session)
            guard !all.isEmpty else { return [] }
            // What corrects them has none: it is looked for once among the campaign's rows, and is seldom there.
            try session.execute("SET LOCAL enable_bitmapscan = on")
            let areCorrected =
                try session.query(
                    "SELECT FROM ledger l WHERE \(Self.everyAttempt) AND l.was = ANY ($2::bigint[]) LIMIT 1",
                    [.int(campaign), .intArray(Set(all.map { Int64($0.state.rawValue) }).sorted())]
                ).count > 0
            return areCorrected ? try Self.reasons(campaign, Self.isFinal, on: session) : all
        }
    }

    private static func reasons(
        _ campaign: Int64, _ condition: String, on session: PostgresSession
    ) throws -> [(state: MessageState, reason: String, count: Int64)] {
        try session.query(
            """
            SELECT l.state, l.reason, count(*) AS count FROM ledger l
             WHERE \(everyAttempt) AND \(condition) AND l.reason <> '' GROUP BY 1, 2 ORDER BY 3 DESC, 2
            """, [.int(campaign)]
        ).map {
            (MessageState(rawValue: Int16(try $0.int("state"))) ?? .unknown, try $0.text("reason"), try $0.int("count"))
        }
    }

    /// Half of a campaign's rows would look like all of them.
    package func requireHere(campaign: Int64) async throws {
        let archives = try await ArchiveStore(ledger: self).holding(campaign: campaign)
        if !archives.isEmpty { throw RowsAreArchived(what: "campaign \(campaign)", archives: archives) }
    }

    private func read(_ sql: String, _ parameters: [PostgresValue]) async throws -> [LedgerEntry] {
        let keys = keys
        return try await database.run { session in
            var ciphers: [Int64: [Int64: Cipher]] = [:]
            return try session.query(sql, parameters).map { row in
                let tenant = try row.int("tenant")
                let number = try row.int("slice")
                let cipher: Cipher
                if let known = ciphers[tenant]?[number] {
                    cipher = known
                } else {
                    let slice = LedgerSlice(number: Int(number), salt: try row.bytes("salt"))
                    cipher = try keys.key(tenant: tenant, sealed: row.bytes("sealed_key")).ledgerCipher(slice: slice)
                    ciphers[tenant, default: [:]][number] = cipher
                }
                return try LedgerEntry(row: row, cipher: cipher)
            }
        }
    }
}

extension LedgerEntry {
    fileprivate init(row: PostgresRow, cipher: Cipher) throws(StorageError) {
        message = MessageID(rawValue: try row.int("message"))
        at = try row.time("at")
        campaign = try row.int("campaign")
        campaignName = try row.text("campaign_name")
        tenant = try row.int("tenant")
        tenantName = try row.text("tenant_name")
        provider = try row.text("provider_name")
        attempt = Int16(try row.int("attempt"))
        segments = Int32(try row.int("segments"))
        guard let state = MessageState(rawValue: Int16(try row.int("state"))),
            let channel = Channel(code: try row.int("channel")), let category = Category(code: try row.int("category"))
        else { throw .malformed("ledger row") }
        self.state = state
        self.category = category
        source = try row.text("source_name")
        self.channel = channel
        final = try row.bool("final")
        let was = Int16(try row.int("was"))
        self.was = MessageState(rawValue: was)
        isCorrection = was != 0
        country = try row.text("country")
        cost = try row.int("cost")
        currency = try row.text("currency")
        reason = try row.text("reason")
        reference = try row.text("reference")
        let sealed = try row.bytes("recipient")
        guard let plain = cipher.open(sealed.span, nonce: LedgerRow.nonce(message, channel)) else {
            throw .malformed("an address that can't be unsealed")
        }
        recipient = String(decoding: plain, as: UTF8.self)
    }
}
