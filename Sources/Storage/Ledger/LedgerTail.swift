import Domain

/// The newest end of a slice, as a condition on its rows. Their place stands in it as a number: with an expression PostgreSQL
/// reads all pages and looks at each row.
enum LedgerTail {
    static func condition(_ pages: Int64, of slice: LedgerSlice, on session: PostgresSession) throws -> String {
        let all = try session.query(
            "SELECT pg_relation_size($1::text::regclass) / 8192 AS pages", [.text(slice.table)])[0].int("pages")
        return "ctid >= '(\(max(0, all - pages)),0)'::tid"
    }
}
