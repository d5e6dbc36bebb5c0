import Domain

extension ArchiveStore {
    /// Brings a slice back into the database, in one transaction; the file stays where it is and counts no more.
    /// Returns how many rows came back.
    package func restore(_ entry: ArchiveEntry) async throws -> Int64 {
        let connection = database.dedicatedConnection(name: "archive")
        let result: Result<Int64, any Error>
        do {
            result = .success(
                try await connection.run { session in
                    try ArchiveRun.locked(session) { try bringBack(entry, on: session) }
                })
        } catch {
            result = .failure(error)
        }
        await connection.close()
        return try result.get()
    }

    private func bringBack(_ entry: ArchiveEntry, on session: PostgresSession) throws -> Int64 {
        let file = try open(entry)
        let slice = LedgerSlice(number: entry.number, salt: try salt(of: file))
        try session.transaction {
            try session.query("SELECT begin_slice_return($1::int)", [.number(slice.number)])
            try session.startCopy("COPY \(slice.table) (\(ArchiveBlock.columns)) FROM STDIN (FORMAT binary)")
            var rows = CopyRows()
            let totals = try file.readThrough { block in
                block.append(to: &rows, slice: slice.number)
                let bytes = rows.bytes
                try session.putCopy(bytes)
                rows.clear(header: false)
            }
            rows.finish()
            let end = rows.bytes
            try session.putCopy(end)
            try session.endCopy()
            let back = try ArchiveTotals(rows: session.query(ArchiveTotals.counting(slice.table)))
            guard back == totals else {
                throw ArchiveFault(file: file.path, "did not come back as it was written; nothing was changed.")
            }
            try session.query(
                "SELECT end_slice_return($1::int, $2)", [.number(slice.number), .bytes(slice.salt)])
        }
        return file.description.rows
    }
}
