import Domain
import Glibc

/// Makes archives of the slices whose newest row is old enough.
///
/// 1. The rows are copied into a file under another name, synced and renamed. A crash leaves a file that nobody knows.
/// 2. It is read back, and must be what was read, to the last byte.
/// 3. In one transaction, while no correction is written: the slice is counted, the sums must be those of the file, they and the
///    file's name are stored, the slice is detached and dropped.
///
/// Until 3. is committed everything is as it was, and the next run begins anew and puts its file in the place of the other.
package struct ArchiveRun: Sendable {
    package enum Outcome: Sendable {
        case archived(ArchiveEntry, seconds: Double)
        /// Written and compared; the rows stay.
        case copied(slice: Int, path: String, rows: Int64, bytes: Int64)
        case left(slice: Int, why: String)
    }

    package struct AlreadyRunning: Error, Sendable, CustomStringConvertible {
        package var description: String { "Another `herald archive` is at work. Nothing was done." }
    }

    private let store: ArchiveStore
    private let folder: String
    private let cutoff: Timestamp
    private let keepsRows: Bool
    /// Corrections that come while a file is written make it worthless; who gets them so often is not old.
    private static let tries = 3
    /// Statements that must wait give way after this, so that nobody waits behind them for long.
    private static let lockTimeout = 500
    private static let patience: Duration = .seconds(120)
    /// What came back is wanted.
    private static let restAfterReturn = 30

    /// `cutoff`: only slices with no row of this instant or later.
    package init(_ store: ArchiveStore, into folder: String, olderThan cutoff: Timestamp, keepsRows: Bool = false) {
        self.store = store
        self.folder = SmallFile.canonical(folder)
        self.cutoff = cutoff
        self.keepsRows = keepsRows
    }

    /// One slice after the other, the oldest first.
    package func run(_ tell: @escaping @Sendable (Outcome) -> Void = { _ in }) async throws -> [Outcome] {
        let connection = store.database.dedicatedConnection(name: "archive")
        let result: Result<[Outcome], any Error>
        do {
            result = .success(try await connection.run { try work(on: $0, tell) })
        } catch {
            result = .failure(error)
        }
        await connection.close()
        return try result.get()
    }

    private func work(on session: PostgresSession, _ tell: (Outcome) -> Void) throws -> [Outcome] {
        try Self.locked(session) {
            try Folder.make(folder)
            removeUnfinished()
            var outcomes: [Outcome] = []
            for slice in try due(session) {
                let outcome = try archive(slice, session)
                tell(outcome)
                outcomes.append(outcome)
            }
            return outcomes
        }
    }

    /// One at a time makes archives or brings them back.
    static func locked<T>(_ session: PostgresSession, _ body: () throws -> T) throws -> T {
        guard
            try session.query("SELECT pg_try_advisory_lock(hashtext('herald ledger archive')) AS mine")[0].bool("mine")
        else { throw AlreadyRunning() }
        defer { try? session.execute("SELECT pg_advisory_unlock(hashtext('herald ledger archive'))") }
        return try body()
    }

    private func due(_ session: PostgresSession) throws -> [LedgerSlice] {
        try session.query(
            """
            SELECT number, salt FROM ledger_slice WHERE state = 'closed' AND sealed_at IS NOT NULL AND at_to < $1
               AND (restored_at IS NULL OR restored_at < clock_timestamp() - make_interval(days => $2::int)) ORDER BY number
            """, [.time(cutoff), .number(Self.restAfterReturn)]
        ).map { LedgerSlice(number: Int(try $0.int("number")), salt: try $0.bytes("salt")) }
    }

    private func archive(_ slice: LedgerSlice, _ session: PostgresSession) throws -> Outcome {
        let start = ContinuousClock.now
        let path = try path(of: slice, session)
        for _ in 0..<Self.tries {
            let written = try write(slice, to: path, session)
            let file = try ArchiveFile(path)
            guard file.description.json == written.json else {
                throw ArchiveFault(file: path, "is not what was written.")
            }
            let totals = try file.readThrough()
            guard written.atTo < cutoff else {
                try remove(path)
                return .left(slice: slice.number, why: "a correction came meanwhile")
            }
            guard !keepsRows else {
                return .copied(slice: slice.number, path: path, rows: written.rows, bytes: file.bytes)
            }
            if try drop(slice, file, totals, session) {
                guard let entry = try ArchiveEntry.all(on: session).first(where: { $0.number == slice.number }) else {
                    throw StorageError.malformed("archive")
                }
                return .archived(entry, seconds: Double((ContinuousClock.now - start).wholeMilliseconds) / 1000)
            }
        }
        try remove(path)
        return .left(slice: slice.number, why: "corrections kept coming")
    }

    /// A file that is there with as many rows is what a run left that was interrupted. One with others belongs to an earlier
    /// state, which a backup may name, or to another Herald: it is left alone.
    private func path(of slice: LedgerSlice, _ session: PostgresSession) throws -> String {
        var name = ArchiveEntry.name(slice.number)
        var rows: Int64?
        for next in 2... {
            let path = folder + "/" + name
            guard access(path, F_OK) == 0 else { return path }
            let own = try rows ?? session.query("SELECT count(*) AS rows FROM \(slice.table)")[0].int("rows")
            if (try? ArchiveFile(path))?.description.rows == own { return path }
            rows = own
            name = ArchiveEntry.name(slice.number, state: next)
        }
        return folder + "/" + name
    }

    private func write(
        _ slice: LedgerSlice, to path: String, _ session: PostgresSession
    ) throws -> ArchiveDescription {
        var writer = try ArchiveWriter(path, slice: slice)
        var failure: (any Error)?
        var isFirst = true
        // As the rows lie, so that they come back in the same order.
        try session.transaction(
            beginning: """
                SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL synchronize_seqscans = off;
                SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off
                """
        ) {
            try session.copyOut("COPY (SELECT \(ArchiveBlock.columns) FROM \(slice.table)) TO STDOUT (FORMAT binary)") {
                message in
                guard failure == nil else { return }
                // The first comes with the stream's header; the last is its end alone.
                let row = isFirst ? UnsafeRawBufferPointer(rebasing: message.dropFirst(Self.header)) : message
                isFirst = false
                guard row.count > 2 else { return }
                do { try writer.append(row) } catch { failure = error }
            }
        }
        if let failure { throw failure }
        let salt = store.keys.seal(slice.salt, context: ArchiveStore.saltContext(slice.number))
        let now = try session.query("SELECT clock_timestamp() AS now")[0].time("now")
        return try writer.finish(sealedSalt: salt, now: now)
    }

    private static let header = 19

    /// False where the slice has other rows by now.
    private func drop(
        _ slice: LedgerSlice, _ file: ArchiveFile, _ totals: ArchiveTotals, _ session: PostgresSession
    ) throws -> Bool {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            do {
                return try session.transaction(beginning: "SET LOCAL lock_timeout = \(Self.lockTimeout)") {
                    try move(slice, file, totals, session)
                }
            } catch is Changed {
                return false
            } catch let error as StorageError where Self.isBusy(error) && ContinuousClock.now < deadline {
                // Somebody reads or writes; those who came after us go first.
                usleep(200_000)
            }
        }
    }

    private struct Changed: Error {}

    private static func isBusy(_ error: StorageError) -> Bool {
        switch error {
        case .rejected(state: "55P03", message: _), .serializationFailure: true
        default: false
        }
    }

    private func move(
        _ slice: LedgerSlice, _ file: ArchiveFile, _ totals: ArchiveTotals, _ session: PostgresSession
    ) throws -> Bool {
        let about = file.description
        try session.execute("SELECT pg_advisory_xact_lock(hashtext('herald corrections'))")
        try session.execute("LOCK TABLE \(slice.table) IN SHARE MODE")
        try session.query(
            """
            INSERT INTO ledger_archive (number, path, bytes, rows, rows_sha256, at_from, at_to, message_from, message_to, opened_at,
                                        closed_at)
            SELECT number, $2, $3, $4, $5, $6, $7, $8, $9, opened_at, closed_at FROM ledger_slice WHERE number = $1
            """,
            [
                .number(slice.number), .text(file.path), .int(file.bytes), .int(about.rows), .bytes(about.rowsDigest),
                .time(about.atFrom), .time(about.atTo), .int(about.messageFrom), .int(about.messageTo),
            ])
        let counted = try ArchiveTotals(
            rows: session.query(
                """
                INSERT INTO ledger_archive_count (slice, \(ArchiveTotals.columns))
                SELECT \(slice.number), c.* FROM (\(ArchiveTotals.counting(slice.table))) c RETURNING \(ArchiveTotals.columns)
                """))
        // Rows are only ever added: the same sums are the same rows.
        guard counted == totals else { throw Changed() }
        try session.execute(
            """
            INSERT INTO ledger_archive_reason (slice, bucket, tenant_of, campaign, channel, provider, state, reason, messages)
            SELECT \(slice.number), date_bin('15 minutes', at, 'epoch'), tenant, campaign, channel, provider, state, reason, count(*)
              FROM \(slice.table) WHERE reason <> '' GROUP BY 2, 3, 4, 5, 6, 7, 8
            """)
        try session.execute("DELETE FROM ledger_slice WHERE number = \(slice.number)")
        try session.execute("ALTER TABLE ledger DETACH PARTITION \(slice.table)")
        try session.execute("DROP TABLE \(slice.table)")
        return true
    }

    private func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw FileError(path: path, code: errno) }
    }

    /// What a killed run left, under a name that says whose it was. Only one run is at work with this database.
    private func removeUnfinished() {
        for name in Folder.names(in: folder) where name.hasPrefix(".ledger-") {
            let parts = name.split(separator: ".")
            guard parts.count == 4, parts[1] == "hla", let owner = pid_t(parts[2]) else { continue }
            if owner == getpid() || kill(owner, 0) != 0 { unlink(folder + "/" + name) }
        }
    }
}
