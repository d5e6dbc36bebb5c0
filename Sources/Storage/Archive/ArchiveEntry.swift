import Domain

/// An archived slice as the database remembers it.
package struct ArchiveEntry: Sendable, Hashable {
    package let number: Int
    /// Where the file was put.
    package let path: String
    package let bytes: Int64
    package let rows: Int64
    let rowsDigest: [UInt8]
    package let atFrom: Timestamp
    package let atTo: Timestamp
    package let messageFrom: Int64
    package let messageTo: Int64
    package let archivedAt: Timestamp

    package var name: String { path.split(separator: "/").last.map(String.init) ?? Self.name(number) }

    /// `state` tells apart what a slice was at several times.
    static func name(_ number: Int, state: Int = 1) -> String {
        "ledger-\(pad(number, 6))\(state == 1 ? "" : "-\(state)").hla"
    }

    static func all(on session: PostgresSession) throws -> [ArchiveEntry] {
        try session.query("SELECT * FROM ledger_archive ORDER BY number DESC").map { try ArchiveEntry(row: $0) }
    }

    private init(row: PostgresRow) throws {
        number = Int(try row.int("number"))
        path = try row.text("path")
        bytes = try row.int("bytes")
        rows = try row.int("rows")
        rowsDigest = try row.bytes("rows_sha256")
        atFrom = try row.time("at_from")
        atTo = try row.time("at_to")
        messageFrom = try row.int("message_from")
        messageTo = try row.int("message_to")
        archivedAt = try row.time("archived_at")
    }
}
