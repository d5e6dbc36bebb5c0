import Domain

/// What `herald status` shows of the database, by one bounded statement: nothing in it counts a large table. Rows are
/// estimated from the planner's figures, and lists are counted up to a bound.
package struct StatusStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    package struct Status: Sendable, Hashable {
        package let bytes: Int64
        package let connections: Int64
        package let mostConnections: Int64
        package let slices: Int64
        /// 0 before the first.
        package let openSlice: Int64
        package let ledgerBytes: Int64
        /// Estimated.
        package let ledgerRows: Int64
        /// Counted up to `StatusStore.most`.
        package let parkedReceipts: Int64
        package let pausedSources: Int64
        package let openAlerts: Int64
        package let unseenAlerts: Int64
    }

    package static let most = 10_000

    package func read() async throws -> Status {
        try await database.run { session in
            try session.transaction(beginning: "SET LOCAL statement_timeout = '2s'") {
                let row = try session.query(
                    """
                    SELECT pg_database_size(current_database()) AS bytes,
                           (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections,
                           current_setting('max_connections')::bigint AS most_connections,
                           (SELECT count(*) FROM ledger_slice WHERE state <> 'ahead') AS slices,
                           (SELECT coalesce(max(number), 0) FROM ledger_slice WHERE state = 'open') AS open_slice,
                           l.bytes AS ledger_bytes, l.rows AS ledger_rows,
                           (SELECT count(*) FROM (SELECT FROM callback WHERE state = 'parked' LIMIT $1::bigint) c) AS parked,
                           (SELECT count(*) FROM source WHERE paused_at IS NOT NULL AND removed_at IS NULL) AS paused,
                           a.open, a.unseen
                      FROM (SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS bytes,
                                   coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint AS rows
                              FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'ledger'::regclass) l,
                           (SELECT count(*) AS open, count(*) FILTER (WHERE acknowledged_at IS NULL) AS unseen
                              FROM alert WHERE state = 'open' AND part_of IS NULL) a
                    """, [.number(Self.most)])[0]
                return Status(
                    bytes: try row.int("bytes"), connections: try row.int("connections"),
                    mostConnections: try row.int("most_connections"), slices: try row.int("slices"),
                    openSlice: try row.int("open_slice"), ledgerBytes: try row.int("ledger_bytes"),
                    ledgerRows: try row.int("ledger_rows"), parkedReceipts: try row.int("parked"),
                    pausedSources: try row.int("paused"), openAlerts: try row.int("open"),
                    unseenAlerts: try row.int("unseen"))
            }
        }
    }
}
