import Domain

/// What archives answered, and which of them, or which parts, could not be read.
package struct ArchiveAnswer: Sendable {
    package internal(set) var rows: [LedgerEntry] = []
    package internal(set) var faults: [ArchiveFault] = []
    package internal(set) var blocksRead = 0

    package init(rows: [LedgerEntry] = []) { self.rows = rows }
}

extension ArchiveStore {
    /// A block that may have rows, of a file that is open.
    private struct Candidate: Sendable {
        let file: ArchiveFile
        let slice: LedgerSlice
        let place: Int

        var newest: Int64 { file.index[place].atTo }
    }

    /// A page of the archived rows that fit, the newest first. Only files and blocks that may have such rows are read, the newest
    /// block first, until no block that is left can have one that belongs on the page.
    package func search(
        _ query: LedgerQuery, after cursor: LedgerCursor? = nil, limit: Int,
        within time: Duration = LedgerStore.searchLimit
    ) async throws -> ArchiveAnswer {
        try await search(query, after: cursor, limit: limit, until: SearchDeadline(time))
    }

    fileprivate func search(
        _ query: LedgerQuery, after cursor: LedgerCursor?, limit: Int, until deadline: SearchDeadline
    ) async throws -> ArchiveAnswer {
        let (entries, conditions) = try await plan(query, after: cursor)
        let found = try await offPool {
            var answer = ArchiveAnswer()
            var rows: [FoundRow] = []
            let candidates = try candidates(entries, conditions, &answer.faults, until: deadline)
                .sorted { $0.newest > $1.newest }
            let zstandard = Zstandard()
            for candidate in candidates {
                if rows.count >= limit, let last = rows.last, last.at.micros > candidate.newest { break }
                try deadline.check()
                do throws(ArchiveFault) {
                    let block = try candidate.file.block(candidate.place, with: zstandard)
                    answer.blocksRead += 1
                    let places = conditions.rows(of: block)
                    if places.isEmpty { continue }
                    do {
                        rows += try places.map { try FoundRow(block, $0, slice: candidate.slice.number) }
                    } catch {
                        throw ArchiveFault(file: candidate.file.path, "can't be read: \(error)")
                    }
                } catch {
                    answer.faults.append(error)
                    continue
                }
                rows.sort { $1.place < $0.place }
                if rows.count > limit { rows.removeLast(rows.count - limit) }
            }
            let salts = Dictionary(
                candidates.map { (Int64($0.slice.number), $0.slice.salt) }, uniquingKeysWith: { one, _ in one })
            return (answer, rows, salts)
        }
        var answer = found.0
        let keys = keys
        answer.rows = try await database.run { session in
            var names = LedgerNames()
            names.know(salts: found.2)
            try names.learn(campaigns: Set(found.1.map(\.campaign)), slices: [], keys: keys, on: session)
            return try names.entries(found.1, for: query.recipient)
        }
        return answer
    }

    /// The archives that may have rows that fit, as far as the database knows.
    package func mayHave(_ query: LedgerQuery) async throws -> [ArchiveEntry] {
        try await database.run { try Self.entries(query, after: nil, on: $0) }
    }

    /// Which of those can't be opened.
    package func faults(_ query: LedgerQuery) async throws -> [ArchiveFault] {
        let entries = try await mayHave(query)
        return entries.isEmpty ? [] : await offPool { entries.compactMap { state(of: $0) } }
    }

    private func plan(
        _ query: LedgerQuery, after cursor: LedgerCursor?
    ) async throws -> ([ArchiveEntry], ArchiveQuery) {
        try await database.run { session in
            (
                try Self.entries(query, after: cursor, on: session),
                try ArchiveQuery(query, after: cursor, on: session)
            )
        }
    }

    private static func entries(
        _ query: LedgerQuery, after cursor: LedgerCursor?, on session: PostgresSession
    ) throws -> [ArchiveEntry] {
        let upper = min(query.to ?? LedgerCatalogue.end, cursor?.at ?? LedgerCatalogue.end)
        let first = try query.firstSlice(on: session)
        return try ArchiveEntry.all(on: session).filter {
            $0.number >= first && $0.atFrom <= upper && (query.from.map { [to = $0.atTo] in to >= $0 } ?? true)
        }
    }

    private func candidates(
        _ entries: [ArchiveEntry], _ conditions: ArchiveQuery, _ faults: inout [ArchiveFault],
        until deadline: SearchDeadline? = nil
    ) throws -> [Candidate] {
        var candidates: [Candidate] = []
        for entry in entries {
            try deadline?.check()
            do {
                let file = try open(entry)
                let places = try conditions.blocks(of: file)
                if places.isEmpty { continue }
                let slice = LedgerSlice(number: entry.number, salt: try salt(of: file))
                candidates += places.map { Candidate(file: file, slice: slice, place: $0) }
            } catch let fault as ArchiveFault {
                faults.append(fault)
            }
        }
        return candidates
    }

    /// All archived rows that fit, for files of any length: from the newest archive to the oldest, block by block, the last row
    /// of each first; without those of slices that were read elsewhere. Returns what could not be read.
    package func forEach(
        _ query: LedgerQuery, except slices: Set<Int> = [], _ body: (LedgerRows, LedgerNames) async throws -> Void
    ) async throws -> [ArchiveFault] {
        let (entries, conditions) = try await plan(query, after: nil)
        var faults: [ArchiveFault] = []
        var names = LedgerNames()
        for entry in entries where !slices.contains(entry.number) {
            var candidates: [Candidate] = []
            let opened = try await offPool {
                var faults: [ArchiveFault] = []
                let candidates = try self.candidates([entry], conditions, &faults)
                return (candidates, faults)
            }
            candidates = opened.0
            faults += opened.1
            if let slice = candidates.first?.slice { names.know(salts: [Int64(slice.number): slice.salt]) }
            for candidate in candidates.reversed() {
                let rows: LedgerRows
                do {
                    rows = try await offPool {
                        let block = try candidate.file.block(candidate.place, with: Zstandard())
                        return LedgerRows(block, conditions.rows(of: block), slice: candidate.slice)
                    }
                } catch let fault as ArchiveFault {
                    faults.append(fault)
                    continue
                }
                if rows.count == 0 { continue }
                let (known, keys) = (names, keys)
                names = try await database.run { session in
                    var names = known
                    try names.learn(campaigns: rows.campaigns, slices: [], keys: keys, on: session)
                    return names
                }
                try await body(rows, names)
            }
        }
        return faults
    }
}

extension LedgerStore {
    /// A page of what is in the database and of what is archived, together and in the same order.
    package func search(
        _ query: LedgerQuery, andIn archives: ArchiveStore, after cursor: LedgerCursor? = nil, limit: Int,
        within time: Duration = searchLimit
    ) async throws -> ArchiveAnswer {
        let deadline = SearchDeadline(time)
        // In this order: a slice that is archived meanwhile is found twice and not missed.
        let here = try await search(query, after: cursor, limit: limit, within: time)
        var answer = try await archives.search(query, after: cursor, limit: limit, until: deadline)
        let known = Set(here)
        answer.rows = (here + answer.rows.filter { !known.contains($0) }).sorted { $1.place < $0.place }
        if answer.rows.count > limit { answer.rows.removeLast(answer.rows.count - limit) }
        return answer
    }
}

extension LedgerEntry {
    fileprivate var place: (Int64, Int64, Int16, Int16) { (at.micros, message.rawValue, attempt, state.rawValue) }
}
