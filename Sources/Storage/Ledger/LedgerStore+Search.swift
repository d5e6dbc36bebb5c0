import Domain

extension LedgerStore {
    package static let searchLimit: Duration = .seconds(10)

    /// Everything that has or had a name: rows of what was removed are found too.
    package func sources(named name: String, tenant: Int64?) async throws -> Set<Int64> {
        try await numbers(
            "SELECT id FROM source WHERE name = $1 AND ($2::bigint IS NULL OR tenant = $2)",
            [.text(name), .optional(tenant)])
    }

    package func providers(named name: String) async throws -> Set<Int64> {
        try await numbers("SELECT id FROM provider WHERE name = $1", [.text(name)])
    }

    private func numbers(_ sql: String, _ parameters: [PostgresValue]) async throws -> Set<Int64> {
        try await database.run { session in Set(try session.query(sql, parameters).map { try $0.int("id") }) }
    }

    /// A page of the rows that fit, the newest first.
    package func search(
        _ query: LedgerQuery, after cursor: LedgerCursor? = nil, limit: Int, within time: Duration = searchLimit
    ) async throws -> [LedgerEntry] {
        do {
            return try await searchOnce(query, after: cursor, limit: limit, within: time)
        } catch StorageError.rejected(state: "42P01", message: _) {
            // A slice was archived under our hands: what is there now is looked at.
            return try await searchOnce(query, after: cursor, limit: limit, within: time)
        }
    }

    private func searchOnce(
        _ query: LedgerQuery, after cursor: LedgerCursor?, limit: Int, within time: Duration
    ) async throws -> [LedgerEntry] {
        let keys = keys
        do {
            return try await database.run { session in
                let deadline = ContinuousClock.now + time
                return try session.transaction(
                    beginning:
                        "SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = \(max(1, time.wholeMilliseconds))"
                ) {
                    var walk = try LedgerWalk(query, after: cursor, deadline: deadline, on: session)
                    let rows = try walk.page(limit)
                    return try LedgerNames(of: rows, keys: keys, on: session).entries(rows, for: query.recipient)
                }
            }
        } catch StorageError.rejected(state: "57014", message: _) {
            throw SearchTookTooLong(limit: time)
        }
    }
}

/// Goes through the slices towards the past until a page is full. What an index finds is asked of all slices at once;
/// for everything else, time is taken in pieces that grow: the rows of one piece are read by the index on the times, and
/// sorted.
private struct LedgerWalk {
    private let query: LedgerQuery
    private let cursor: LedgerCursor?
    private let deadline: ContinuousClock.Instant
    private let session: PostgresSession
    private let slices: [LedgerCatalogue.Entry]
    /// Messages that a reference of a further part leads to.
    private let parts: [Int64]
    /// Statements name so many slices at most: more would take longer to plan than to run.
    private static let slicesAtOnce = 32
    private static let firstPiece: Int64 = 1_000_000
    private static let growth: Int64 = 8

    init(
        _ query: LedgerQuery, after cursor: LedgerCursor?, deadline: ContinuousClock.Instant,
        on session: PostgresSession
    ) throws {
        self.query = query
        self.cursor = cursor
        self.deadline = deadline
        self.session = session
        let first = try query.firstSlice(on: session)
        let (from, to) = (
            query.from ?? LedgerCatalogue.beginning,
            min(query.to ?? LedgerCatalogue.end, cursor.map { $0.at + .microseconds(1) } ?? LedgerCatalogue.end)
        )
        slices = try LedgerCatalogue.read(on: session).entries.filter {
            $0.slice.number >= first && $0.overlaps(from, to)
        }
        parts =
            try query.reference.map { reference in
                try session.query(
                    "SELECT DISTINCT message FROM reference_part WHERE hash = $1 LIMIT 1000",
                    [.int(ReferenceHash.of(reference))]
                ).map { try $0.int("message") }
            } ?? []
    }

    mutating func page(_ limit: Int) throws -> [FoundRow] {
        guard !query.isNarrow else {
            return try read(slices, LedgerCatalogue.beginning, LedgerCatalogue.end, limit)
        }
        let lowest = query.from ?? LedgerCatalogue.beginning
        var upper = min(query.to ?? LedgerCatalogue.end, cursor.map { $0.at + .microseconds(1) } ?? LedgerCatalogue.end)
        var lower = try start(below: upper)
        var piece = Self.firstPiece
        var found: [FoundRow] = []
        while true {
            lower = max(lower, lowest)
            let open = slices.filter { $0.overlaps(lower, upper) }
            found += try read(open, lower, upper, limit - found.count)
            let isOver = lower <= lowest || !slices.contains { $0.from < lower }
            if found.count >= limit || isOver { return found }
            upper = lower
            piece = piece.multipliedReportingOverflow(by: Self.growth).overflow ? .max / 4 : piece * Self.growth
            let (next, overflow) = upper.micros.subtractingReportingOverflow(piece)
            // Before the first day that can have rows there is nothing to cut into pieces.
            lower = overflow || next < 0 ? LedgerCatalogue.beginning : Timestamp(micros: next)
        }
    }

    /// Where the first piece begins: shortly before the newest row there may be.
    private func start(below upper: Timestamp) throws -> Timestamp {
        var newest = upper
        if upper == LedgerCatalogue.end {
            let now = try session.query("SELECT clock_timestamp() AS now")[0].time("now")
            // The end of the newest slice: rows lie nearly in the order of their times.
            var last: Timestamp?
            if let slice = slices.first?.slice {
                let tail = try LedgerTail.condition(16, of: slice, on: session)
                last =
                    try session.queryOnce("SELECT max(at) AS last FROM \(slice.table) WHERE \(tail)").first?
                    .optionalTime("last")
            }
            newest = min(last ?? now, now)
        }
        return newest.micros > Self.firstPiece ? newest - .microseconds(Self.firstPiece) : LedgerCatalogue.beginning
    }

    private func read(
        _ entries: [LedgerCatalogue.Entry], _ from: Timestamp, _ to: Timestamp, _ limit: Int
    ) throws -> [FoundRow] {
        guard !entries.isEmpty, limit > 0 else { return [] }
        var conditions = LedgerConditions(query, parts: parts)
        conditions.within(from, to)
        if let cursor { conditions.after(cursor) }
        var found: [FoundRow] = []
        var rest = entries[...]
        while !rest.isEmpty {
            let some = rest.prefix(Self.slicesAtOnce)
            rest = rest.dropFirst(some.count)
            let selects = some.map { entry in
                """
                (SELECT \(FoundRow.columns) FROM \(entry.slice.table) l WHERE \(conditions.sql)
                  ORDER BY \(Self.order) LIMIT \(limit))
                """
            }
            try limitTime()
            found += try session.queryOnce(
                """
                SELECT * FROM (\(selects.joined(separator: " UNION ALL "))) l ORDER BY \(Self.order) LIMIT \(limit)
                """, conditions.parameters
            ).map { try FoundRow(row: $0) }
        }
        guard entries.count > Self.slicesAtOnce else { return found }
        return Array(found.sorted { $1.place < $0.place }.prefix(limit))
    }

    private static let order = "l.at DESC, l.message DESC, l.attempt DESC, l.state DESC"

    private func limitTime() throws {
        let left = max(1, (deadline - .now).wholeMilliseconds)
        // A slice that is being filled has no statistics, and a guess would read all of it, or call for helpers that take
        // longer to come than the few rows do.
        let guesses =
            query.isNarrow
            ? "enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0" : "enable_seqscan = on"
        try session.execute("SET LOCAL statement_timeout = \(left); SET LOCAL \(guesses)")
    }
}
