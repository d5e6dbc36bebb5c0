import Domain

/// The ledger's slices as searches walk them, the newest first.
struct LedgerCatalogue: Sendable {
    struct Entry: Sendable, Hashable {
        let slice: LedgerSlice
        /// Between these lie its rows' times; open where that is not known for sure.
        let from: Timestamp
        let to: Timestamp

        func overlaps(_ from: Timestamp, _ to: Timestamp) -> Bool { self.from < to && from <= self.to }
    }

    let entries: [Entry]

    static let beginning = Timestamp(micros: .min)
    static let end = Timestamp(micros: .max)

    /// While its corrections may be frequent, a slice's rows may be as late as now.
    private static let correctionDays = 4

    static func read(on session: PostgresSession) throws -> LedgerCatalogue {
        LedgerCatalogue(
            entries: try session.query(
                """
                SELECT number, salt, at_from,
                       CASE WHEN closed_at < clock_timestamp() - make_interval(days => $1::int) THEN at_to END AS at_to
                  FROM ledger_slice WHERE state <> 'ahead' ORDER BY number DESC
                """, [.number(correctionDays)]
            ).map { row in
                Entry(
                    slice: LedgerSlice(number: Int(try row.int("number")), salt: try row.bytes("salt")),
                    from: try row.optionalTime("at_from") ?? beginning, to: try row.optionalTime("at_to") ?? end)
            })
    }
}

extension LedgerStore {
    /// After so long no worker holds a slice any more that was closed.
    package static let restBeforeSealing: Duration = .seconds(300)

    /// Gives slices that take no new messages the index that finds a recipient however much there is, and notes
    /// their rows' times. Built beside the readers and writers, long after the rows were written, so that nothing on
    /// the way of a message pays for it. Returns how many were sealed.
    package func sealSlices(closedFor rest: Duration = restBeforeSealing) async throws -> Int {
        try await database.run { session in
            guard
                try session.query("SELECT pg_try_advisory_lock(hashtext('herald ledger sealing')) AS taken")[0]
                    .bool("taken")
            else { return 0 }
            defer { try? session.execute("SELECT pg_advisory_unlock(hashtext('herald ledger sealing'))") }
            let due = try session.query(
                """
                SELECT number FROM ledger_slice
                 WHERE state = 'closed' AND sealed_at IS NULL
                   AND closed_at <= clock_timestamp() - make_interval(secs => $1::bigint / 1e6) ORDER BY number
                """, [.int(rest.wholeMicroseconds)]
            ).map { LedgerSlice(number: Int(try $0.int("number")), salt: []) }
            for slice in due { try Self.seal(slice, on: session) }
            return due.count
        }
    }

    /// From the filter over recipients, which is asked range by range, to a tree; the other numbers keep theirs. Full pages:
    /// hardly a row comes any more.
    private static func seal(_ slice: LedgerSlice, on session: PostgresSession) throws {
        try index("\(slice.table)_search", "\(slice.table) (search) WITH (fillfactor = 100)", on: session)
        try index(
            "\(slice.table)_numbers",
            """
            \(slice.table) USING brin (message int8_minmax_multi_ops, \
            reference_hash int8_bloom_ops (n_distinct_per_range = -0.2)) WITH (pages_per_range = 16)
            """, on: session)
        let filters = try session.query(
            """
            SELECT i.indexrelid::regclass::text AS name FROM pg_index i
              JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam AND m.amname = 'brin'
              JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = 'search' AND a.attnum = ANY (i.indkey)
             WHERE i.indrelid = $1::text::regclass
            """, [.text(slice.table)]
        ).map { try $0.text("name") }
        for name in filters { try session.execute("DROP INDEX CONCURRENTLY \(name)") }
        try session.execute("ANALYZE \(slice.table)")
        try summarize(slice, on: session)
        // One after the other with what corrects, so that no correction is missed that is being written.
        try session.transaction {
            try session.execute("SELECT pg_advisory_xact_lock(hashtext('herald corrections'))")
            try session.execute(
                """
                UPDATE ledger_slice SET sealed_at = clock_timestamp(), at_from = coalesce(b.lowest, opened_at, created_at),
                       at_to = coalesce(b.highest, opened_at, created_at)
                  FROM (SELECT min(at) AS lowest, max(at) AS highest FROM \(slice.table)) b WHERE number = \(slice.number)
                """)
        }
    }

    private static func index(_ name: String, _ what: String, on session: PostgresSession) throws {
        // One that was begun and not finished is there and of no use.
        let isBroken =
            try session.query(
                "SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid", [.text(name)]
            ).count > 0
        if isBroken { try session.execute("DROP INDEX CONCURRENTLY \(name)") }
        try session.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS \(name) ON \(what)")
    }

    /// Corrections come to sealed slices too: their pages are indexed, and the slices' times widened.
    package func followSealedSlices() async throws {
        try await database.run { session in
            let sealed = try session.query(
                "SELECT number FROM ledger_slice WHERE sealed_at IS NOT NULL ORDER BY number"
            )
            .map { LedgerSlice(number: Int(try $0.int("number")), salt: []) }
            for slice in sealed {
                try Self.summarize(slice, on: session)
                // What lies outside is found by the index on the times.
                try session.execute(
                    """
                    UPDATE ledger_slice s SET at_from = least(s.at_from, b.lowest), at_to = greatest(s.at_to, b.highest)
                      FROM (SELECT min(l.at) AS lowest, max(l.at) AS highest
                              FROM \(slice.table) l, ledger_slice k
                             WHERE k.number = \(slice.number) AND (l.at < k.at_from OR l.at > k.at_to)) b
                     WHERE s.number = \(slice.number) AND b.lowest IS NOT NULL
                    """)
            }
        }
    }

    private static func summarize(_ slice: LedgerSlice, on session: PostgresSession) throws {
        try session.execute(
            """
            SELECT brin_summarize_new_values(i.indexrelid) FROM pg_index i
              JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am a ON a.oid = x.relam AND a.amname = 'brin'
             WHERE i.indrelid = '\(slice.table)'::regclass
            """)
    }
}
