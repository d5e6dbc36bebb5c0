import Domain

/// The newest end of a slice, as a condition on its rows. Their place stands in it as a number: with an expression PostgreSQL
/// reads all pages and looks at each row.
enum LedgerTail {
    static func condition(_ pages: Int64, of slice: LedgerSlice, on session: PostgresSession) throws -> String {
        "ctid >= '(\(max(0, try slice.pages(on: session) - pages)),0)'::tid"
    }
}
