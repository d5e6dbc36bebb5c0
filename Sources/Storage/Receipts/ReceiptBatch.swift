import Domain

/// Callbacks that are being applied, within one transaction: what they change in the ledger, in the reports and in the
/// lists of whom not to send to is stored together with their own new state, or not at all.
package struct ReceiptBatch {
    package let callbacks: [CallbackEntry]
    /// The database's clock.
    package let now: Timestamp
    let session: PostgresSession
    let keys: KeyRing

    /// What one receipt says of its message.
    package struct Wanted: Sendable {
        package var provider: Int64
        package var message: MessageID?
        package var references: [String]
        package var recipient: String?

        package init(provider: Int64, message: MessageID?, references: [String], recipient: String?) {
            self.provider = provider
            self.message = message
            self.references = references
            self.recipient = recipient
        }
    }

    /// For each of the wanted the rows of its message; none where it was not found. Newest slices alone, or all.
    package func attempts(_ wanted: [Wanted], everywhere: Bool) throws -> [[LedgerAttempt]] {
        guard !wanted.isEmpty else { return [] }
        let search = LedgerSearch(session) { row, written in
            Self.isSame(written, as: try address(of: row).address)
        }
        return try search.find(
            wanted.map {
                LedgerSearch.Wanted(
                    provider: $0.provider, message: $0.message, references: $0.references, recipient: $0.recipient)
            }, everywhere ? .everything : .recent)
    }

    package func hasArchives() throws -> Bool {
        try session.query("SELECT EXISTS (SELECT FROM ledger_archive) AS there")[0].bool("there")
    }

    /// The archive that may hold a message that is not here; nil where none does.
    package func archive(of message: MessageID) throws -> String? {
        try session.query(
            """
            SELECT number FROM ledger_archive a WHERE $1 BETWEEN message_from AND message_to
               AND EXISTS (SELECT FROM ledger_archive_count c WHERE c.slice = a.number AND c.campaign = $1 >> 35) LIMIT 1
            """, [.int(message.rawValue)]
        ).first.map { ArchiveEntry.name(Int(try $0.int("number"))) }
    }

    /// Providers write numbers with and without plus and calling code: their last digits must agree.
    private static func isSame(_ written: String, as address: [UInt8]) -> Bool {
        let written = Array(written.lowercased().utf8)
        if address.contains(0x40) { return written == address.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 } }
        let (a, b) = (written.filter { $0 >= 0x30 && $0 <= 0x39 }, address.filter { $0 >= 0x30 && $0 <= 0x39 })
        let shorter = min(a.count, b.count)
        return shorter >= 7 && a.suffix(shorter).elementsEqual(b.suffix(shorter))
    }

    /// Appends corrections to the ledger and counts them.
    package func correct(_ corrections: [LedgerCorrection]) throws {
        guard !corrections.isEmpty else { return }
        var rows = CopyRows()
        var deltas: [RollupDelta.Key: RollupDelta] = [:]
        var arrivals = ReceiptRollup()
        for correction in corrections {
            correction.append(to: &rows)
            correction.add(to: &deltas)
            arrivals.add(correction)
        }
        rows.finish()
        try session.startCopy("COPY ledger (\(LedgerRow.columns)) FROM STDIN (FORMAT binary)")
        try session.putCopy(rows.bytes)
        try session.endCopy()
        let values = deltas.values.filter { $0.messages != 0 || $0.cost != 0 }.map { WorkStore.values(of: $0) }
        if !values.isEmpty {
            try session.execute("INSERT INTO rollup_delta VALUES \(values.joined(separator: ", "))")
        }
        try arrivals.store(on: session)
        try tell(of: corrections)
    }

    // MARK: Recipients

    /// A message's recipient as lists keep it.
    package struct Person: Sendable, Hashable {
        package let tenant: Int64
        /// Nil: every channel that the address serves.
        package let channel: Channel?
        package let hash: RecipientHash

        package init(tenant: Int64, channel: Channel?, hash: RecipientHash) {
            self.tenant = tenant
            self.channel = channel
            self.hash = hash
        }
    }

    package func recipient(of row: LedgerAttempt) throws -> Person {
        let (address, key) = try address(of: row)
        return Person(
            tenant: row.tenant, channel: row.channel,
            hash: key.recipients.recipient(row.channel.addressKind, address.span))
    }

    private func address(of row: LedgerAttempt) throws -> (address: [UInt8], key: TenantKey) {
        let found = try session.query(
            """
            SELECT t.sealed_key, s.salt FROM tenant t, ledger_slice s WHERE t.id = $1 AND s.number = $2
            """, [.int(row.tenant), .int(row.slice)])
        guard let first = found.first else {
            throw StorageError.malformed("message \(row.message.rawValue) has no tenant")
        }
        let key = try keys.key(tenant: row.tenant, sealed: first.bytes("sealed_key"))
        let cipher = key.ledgerCipher(slice: LedgerSlice(number: Int(row.slice), salt: try first.bytes("salt")))
        guard let address = cipher.open(row.recipient.span, nonce: LedgerRow.nonce(row.message, row.channel)) else {
            throw StorageError.malformed("an address that can't be unsealed")
        }
        return (address, key)
    }

    /// The tenants that a reply to this sender speaks to, with their keys.
    package func replyTenants(provider: Int64, sender: String) throws -> [(
        tenant: Int64, region: Region, key: TenantKey
    )] {
        try session.query(
            """
            SELECT t.id, t.region, t.sealed_key FROM reply_tenants($1::int, $2) r (id) JOIN tenant t USING (id) ORDER BY 1
            """, [.int(provider), .text(sender)]
        ).map {
            let tenant = try $0.int("id")
            return (
                tenant, Region(try $0.text("region")) ?? .none,
                try keys.key(tenant: tenant, sealed: $0.bytes("sealed_key"))
            )
        }
    }

    // MARK: Lists

    package func suppress(_ people: [Person], reason: SuppressionReason, origin: String) throws {
        for person in Set(people) {
            try PolicyStore.suppress(
                tenant: person.tenant, hash: person.hash, channel: person.channel, reason: reason, origin: origin,
                on: session)
        }
    }

    /// Takes back the opt-outs that these people made by replying, and no others.
    package func liftReplies(_ people: [Person]) throws {
        for person in Set(people) {
            try session.execute(
                "DELETE FROM suppression WHERE tenant = $1 AND hash = $2 AND reason = 'optout' AND origin LIKE 'reply %'",
                [.int(person.tenant), .bytes(person.hash.bytes)])
        }
    }

    /// Counts a soft bounce; returns how many of the person's messages have bounced so within a week.
    package func softBounce(_ person: Person, of message: MessageID) throws -> Int {
        try session.execute(
            "INSERT INTO soft_bounce (tenant, hash, message, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            [.int(person.tenant), .bytes(person.hash.bytes), .int(message.rawValue), .time(now)])
        return Int(
            try session.query(
                "SELECT count(*) AS count FROM soft_bounce WHERE tenant = $1 AND hash = $2 AND at > $3",
                [.int(person.tenant), .bytes(person.hash.bytes), .time(now - .seconds(7 * 86_400))])[0].int("count"))
    }

    // MARK: The callbacks' own states

    /// Where a callback stands after this look at it.
    package struct Settled: Sendable {
        package var callback: CallbackEntry
        package var state: CallbackState
        package var note: String
        /// Where it is parked: which of the things it says found no message.
        package var openEvents: [Int] = []
        /// When it is looked at again.
        package var next: Timestamp

        package init(
            _ callback: CallbackEntry, _ state: CallbackState, note: String, openEvents: [Int] = [], next: Timestamp
        ) {
            self.callback = callback
            self.state = state
            self.note = note
            self.openEvents = openEvents
            self.next = next
        }
    }

    package func settle(_ settled: [Settled]) throws {
        // A day at a time, so that only its part is looked into.
        for (day, settled) in Dictionary(grouping: settled, by: \.callback.day) {
            try session.execute(
                """
                UPDATE callback c SET state = s.state, note = s.note, open_events = s.open, tries = least(c.tries + 1, 1000),
                       due_at = 'epoch'::timestamptz + s.next * interval '1 microsecond'
                  FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[]) s (id, state, note, next, open)
                 WHERE c.day = $1 AND c.id = s.id
                """,
                [
                    .int(day), .intArray(settled.map(\.callback.id)), .textArray(settled.map(\.state.rawValue)),
                    .textArray(settled.map(\.note)), .intArray(settled.map(\.next.micros)),
                    .textArray(settled.map { $0.openEvents.map(String.init).joined(separator: ",") }),
                ])
        }
    }
}

extension CallbackStore {
    /// Takes the callbacks that are due, in the order of their arrival, and has them applied in one transaction. One
    /// process does so at a time: nil where another one is at it. Returns how many there were.
    package func apply(limit: Int, _ body: @Sendable (ReceiptBatch) throws -> Void) async throws -> Int? {
        let keys = keys
        return try await database.transaction { session in
            guard
                try session.query("SELECT pg_try_advisory_xact_lock(hashtext('herald corrections')) AS mine")[0].bool(
                    "mine")
            else { return nil }
            let now = try session.query("SELECT clock_timestamp() AS now")[0].time("now")
            let callbacks = try session.query(
                """
                \(CallbackEntry.selection) WHERE c.state IN ('new', 'parked') AND c.due_at <= $1
                 ORDER BY c.due_at, c.id LIMIT $2
                """, [.time(now), .number(limit)]
            ).map { try CallbackEntry(row: $0, keys: keys) }
            if !callbacks.isEmpty {
                try body(ReceiptBatch(callbacks: callbacks, now: now, session: session, keys: keys))
            }
            return callbacks.count
        }
    }
}
