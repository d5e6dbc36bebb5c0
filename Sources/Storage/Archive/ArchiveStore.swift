import Domain

/// Slices of the ledger that became files. Whatever happens on the way, a row is in the database or in an archive that the
/// database names, never in neither and never in both: a file counts from the transaction on that drops its slice.
package struct ArchiveStore: Sendable {
    let database: Database
    let keys: KeyRing
    /// Where files are looked for that are no more where they were put: they may have been moved.
    let folder: String?
    /// What stays open between two questions; nil: nothing.
    package private(set) var shelf: ArchiveShelf?

    package init(database: Database, keys: KeyRing, folder: String? = nil) {
        self.database = database
        self.keys = keys
        self.folder = folder
    }

    package init(ledger: LedgerStore, folder: String? = nil) {
        self.init(database: ledger.database, keys: ledger.keys, folder: folder)
    }

    /// The same archives for an export that asks many times: each file is opened once.
    package var keptOpen: ArchiveStore {
        var store = self
        store.shelf = shelf ?? ArchiveShelf()
        return store
    }

    /// The newest first.
    package func list() async throws -> [ArchiveEntry] {
        try await database.run { try ArchiveEntry.all(on: $0) }
    }

    /// Nil where there is none of this number.
    package func entry(_ number: Int) async throws -> ArchiveEntry? {
        try await list().first { $0.number == number }
    }

    /// Since when a slice that was archived is in the database again; nil where it is not.
    package func broughtBack(_ number: Int) async throws -> Timestamp? {
        try await database.run { session in
            try session.query("SELECT restored_at FROM ledger_slice WHERE number = $1", [.number(number)]).first?
                .optionalTime("restored_at")
        }
    }

    /// Where its file is looked for.
    package func path(of entry: ArchiveEntry) -> String {
        guard let folder,
            SmallFile.kind(of: entry.path) == nil || !entry.path.hasPrefix(SmallFile.canonical(folder) + "/")
        else { return entry.path }
        let moved = SmallFile.canonical(folder) + "/" + entry.name
        return SmallFile.kind(of: moved) == nil ? entry.path : moved
    }

    /// The file that the database means, and no other of the same name.
    func open(_ entry: ArchiveEntry) throws(ArchiveFault) -> ArchiveFile {
        guard let shelf else { return try openAnew(entry) }
        return try shelf.file(entry) { () throws(ArchiveFault) in try openAnew(entry) }
    }

    private func openAnew(_ entry: ArchiveEntry) throws(ArchiveFault) -> ArchiveFile {
        let path = path(of: entry)
        let file = try ArchiveFile(path)
        guard file.description.slice == entry.number, file.description.rowsDigest == entry.rowsDigest else {
            throw ArchiveFault(file: path, "is not the archive of slice \(entry.number) that the database knows.")
        }
        return file
    }

    /// What is wrong with a file, as far as its end tells; nil where it is there.
    package func state(of entry: ArchiveEntry) -> ArchiveFault? {
        do throws(ArchiveFault) {
            _ = try open(entry)
            return nil
        } catch {
            return error
        }
    }

    func salt(of file: ArchiveFile) throws(StorageError) -> [UInt8] {
        try keys.open(file.description.sealedSalt, context: Self.saltContext(file.description.slice))
    }

    static func saltContext(_ slice: Int) -> String { "salt of ledger slice \(slice)" }

    /// Reads archives to their ends and holds them against the sums that the database kept. Returns what is wrong with them.
    package func verify(_ numbers: Set<Int>? = nil) async throws -> (checked: [ArchiveEntry], faults: [ArchiveFault]) {
        let entries = try await list().filter { numbers?.contains($0.number) ?? true }
        var faults: [ArchiveFault] = []
        for entry in entries {
            let kept = try await database.run { session in
                try ArchiveTotals(
                    rows: session.query(
                        "SELECT \(ArchiveTotals.columns) FROM ledger_archive_count WHERE slice = $1",
                        [.number(entry.number)]))
            }
            do {
                let read = try await offPool { try open(entry).readThrough() }
                if read != kept {
                    throw ArchiveFault(file: path(of: entry), "has other sums than the database kept.")
                }
            } catch let fault as ArchiveFault {
                faults.append(fault)
            }
        }
        return (entries, faults)
    }
}
