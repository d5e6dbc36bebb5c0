import Domain

/// What is asked for is no more in the database, or not all of it, but in files.
package struct RowsAreArchived: Error, Sendable, CustomStringConvertible {
    /// Whose rows.
    package let what: String
    package let archives: [ArchiveEntry]

    package var description: String {
        let names = archives.map(\.name).joined(separator: ", ")
        let numbers = archives.map { "`herald archive restore \($0.number)`" }.joined(separator: ", ")
        return
            "Rows of \(what) are archived (\(names)). `herald ledger find --archive` reads them there; \(numbers) brings them back."
    }
}

extension ArchiveStore {
    /// The archives that hold rows of a campaign.
    package func holding(campaign: Int64) async throws -> [ArchiveEntry] {
        try await database.run { session in
            try Self.holding("campaign = $1", [.int(campaign)], on: session)
        }
    }

    /// Those with rows of a provider in `[from, to)`.
    static func holding(
        provider: Int64, from: Timestamp, to: Timestamp, on session: PostgresSession
    ) throws -> [ArchiveEntry] {
        try holding(
            "provider = $1 AND bucket >= $2 AND bucket < $3", [.int(provider), .time(from), .time(to)], on: session)
    }

    private static func holding(
        _ condition: String, _ values: [PostgresValue], on session: PostgresSession
    ) throws -> [ArchiveEntry] {
        let numbers = Set(
            try session.query("SELECT DISTINCT slice FROM ledger_archive_count WHERE \(condition)", values).map {
                Int(try $0.int("slice"))
            })
        return numbers.isEmpty ? [] : try ArchiveEntry.all(on: session).filter { numbers.contains($0.number) }
    }
}
