import Domain

extension LedgerSlice {
    /// How many pages its rows fill.
    func pages(on session: PostgresSession) throws -> Int64 {
        try session.query("SELECT pg_relation_size($1::text::regclass) / 8192 AS pages", [.text(table)])[0].int("pages")
    }
}
