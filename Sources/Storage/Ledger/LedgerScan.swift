import Domain

/// Reads the ledger as it lies, for files of any length: slice by slice and some pages at a time, from the last that was
/// written to the first. Each piece is a COPY of its own, so that memory stays flat and no statement or snapshot is
/// held open while somebody takes his time with reading.
package struct LedgerScan: Sendable {
    /// Some pages of one slice.
    struct Piece: Sendable, Hashable {
        let slice: LedgerSlice
        let pages: Range<Int64>
    }

    private let ledger: LedgerStore
    private let query: LedgerQuery
    private let pieces: [Piece]
    /// 8 MB: about 45,000 rows.
    private static let pagesAtOnce: Int64 = 1024
    private static let pieceLimit: Duration = .seconds(60)

    package init(_ query: LedgerQuery, of ledger: LedgerStore) async throws {
        self.ledger = ledger
        self.query = query
        let (from, to) = (query.from ?? LedgerCatalogue.beginning, query.to ?? LedgerCatalogue.end)
        pieces = try await ledger.database.run { session in
            let first = try query.firstSlice(on: session)
            var pieces: [Piece] = []
            for entry in try LedgerCatalogue.read(on: session).entries
            where entry.slice.number >= first && entry.overlaps(from, to) {
                var end = try entry.slice.pages(on: session)
                while end > 0 {
                    let start = max(0, end - Self.pagesAtOnce)
                    pieces.append(Piece(slice: entry.slice, pages: start..<end))
                    end = start
                }
            }
            return pieces
        }
    }

    /// What is archived while it is read is not in archives to whoever reads those afterwards.
    package var slices: Set<Int> { Set(pieces.map(\.slice.number)) }

    /// Hands over the rows, the last written first. The next piece is read while one is being taken in.
    package func forEach(_ body: (LedgerRows, LedgerNames) async throws -> Void) async throws {
        var names = LedgerNames()
        var next = pieces.first.map { piece in Task { try await read(piece) } }
        defer { next?.cancel() }
        for place in pieces.indices {
            guard let reading = next else { return }
            let rows = try await reading.value
            next = place + 1 < pieces.count ? Task { try await read(pieces[place + 1]) } : nil
            if rows.count == 0 { continue }
            let (known, keys) = (names, ledger.keys)
            names = try await ledger.database.run { session in
                var names = known
                try names.learn(
                    campaigns: rows.campaigns, slices: [Int64(rows.slice.number)], keys: keys, on: session)
                return names
            }
            try await body(rows, names)
        }
    }

    private func read(_ piece: Piece) async throws -> LedgerRows {
        let sql = """
            COPY (SELECT \(LedgerRows.columns) FROM \(piece.slice.table) l
                   WHERE l.ctid >= '(\(piece.pages.lowerBound),0)' AND l.ctid < '(\(piece.pages.upperBound),0)'\(conditions))
            TO STDOUT (FORMAT binary)
            """
        do {
            return try await ledger.database.run { session in
                var rows = LedgerRows(slice: piece.slice)
                try session.transaction(
                    beginning: """
                        SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = \(Self.pieceLimit.wholeMilliseconds);
                        SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off
                        """
                ) { try session.copyOut(sql) { rows.append($0) } }
                return rows
            }
        } catch StorageError.rejected(state: "57014", message: _) {
            throw SearchTookTooLong(limit: Self.pieceLimit)
        } catch StorageError.rejected(state: "42P01", message: _) {
            throw SliceWentAway()
        }
    }

    /// COPY takes no parameters: what stands here are numbers and a country's letters.
    private var conditions: String {
        var found: [String] = []
        if let tenant = query.tenant { found.append("l.tenant = \(tenant)") }
        if let campaign = query.campaign { found.append("l.campaign = \(campaign)") }
        if let channel = query.channel { found.append("l.channel = \(channel.code)") }
        if let providers = query.providers { found.append("l.provider = ANY (\(Self.list(providers)))") }
        if !query.states.isEmpty {
            found.append("l.state IN (\(query.states.map { String($0.rawValue) }.sorted().joined(separator: ", ")))")
        }
        if let country = query.country {
            found.append("l.country = '\(country.code.filter { $0.isLetter || $0.isNumber })'")
        }
        var campaigns: [String] = []
        if let sources = query.sources { campaigns.append("source = ANY (\(Self.list(sources)))") }
        if let category = query.category { campaigns.append("category = \(category.code)") }
        if !campaigns.isEmpty {
            found.append("l.campaign IN (SELECT id FROM campaign WHERE \(campaigns.joined(separator: " AND ")))")
        }
        if let from = query.from { found.append("l.at >= \(instant(from))") }
        if let to = query.to { found.append("l.at < \(instant(to))") }
        return found.map { " AND \($0)" }.joined()
    }

    private static func list(_ numbers: Set<Int64>) -> String {
        "'{\(numbers.sorted().map(String.init).joined(separator: ","))}'::int[]"
    }

    private func instant(_ time: Timestamp) -> String {
        "('epoch'::timestamptz + \(time.micros) * interval '1 microsecond')"
    }
}

/// A part of the ledger became an archive while it was being read.
package struct SliceWentAway: Error, Sendable, CustomStringConvertible {
    package var description: String {
        "A part of the ledger was archived meanwhile. Do it again; `--archive` reads the archives too."
    }
}
