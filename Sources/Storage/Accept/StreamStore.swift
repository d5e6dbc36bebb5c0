import Domain

/// Streams and what belongs to them beside their shards.
package struct StreamStore: Sendable {
    let database: Database
    /// Nothing that was accepted so long ago holds anything back.
    private static let lineAge: Duration = .seconds(86_400)

    package init(database: Database) { self.database = database }

    /// Takes places for so many shards in today's stream, which is made at the first use.
    package func takePlaces(_ count: Int, in key: StreamKey) async throws -> StreamPlaces {
        try await database.run { session in
            let row = try session.query(
                """
                SELECT * FROM take_places($1::int, $2::int, $3::int, $4::smallint, $5::smallint, $6::smallint, $7, $8, $9::int)
                """,
                [
                    .int(key.tenant), .optional(key.source), .int(key.template), .number(key.channel.code),
                    .number(key.category.code), .number(key.priority.rawValue), .text(key.name), .text(key.columns),
                    .number(count),
                ])[0]
            let first = Int(try row.int("first"))
            return StreamPlaces(
                campaign: try row.int("campaign"), places: first..<first + count,
                lasts: .seconds(try row.int("seconds_left")))
        }
    }

    /// A shard has ended: those that waited for it in their lines are due. Returns how many.
    package func giveTurns(after shard: Int64) async throws -> Int {
        try await database.run { session in
            Int(try session.query("SELECT give_turns($1) AS turns", [.int(shard)])[0].int("turns"))
        }
    }

    /// An answer that was given under the key before.
    package func earlier(_ key: [UInt8]) async throws -> AcceptStore.Earlier? {
        try await database.run { session in try AcceptStore.Taking.earlier([key], on: session).first }
    }

    package func note(of message: MessageID, tenant: Int64) async throws -> (
        source: Int64?, reference: String, sealed: [UInt8]?
    )? {
        try await database.run { session in
            try session.query(
                "SELECT source, reference, sealed FROM message_note WHERE message = $1 AND tenant = $2",
                [.int(message.rawValue), .int(tenant)]
            ).first.map { (try $0.optionalInt("source"), try $0.text("reference"), try $0.optionalBytes("sealed")) }
        }
    }

    /// Messages that a source gave this reference, newest first.
    package func messages(
        tenant: Int64, source: Int64?, reference: String, before: Int64?, limit: Int
    ) async throws -> [MessageID] {
        try await database.run { session in
            try session.query(
                """
                SELECT message FROM message_note WHERE tenant = $1 AND reference = $2 AND reference <> ''
                   AND ($3::bigint IS NULL OR source = $3) AND ($4::bigint IS NULL OR message < $4)
                 ORDER BY message DESC LIMIT $5
                """, [.int(tenant), .text(reference), .optional(source), .optional(before), .number(limit)]
            ).map { MessageID(rawValue: try $0.int("message")) }
        }
    }

    /// How long idempotency keys are kept.
    package struct KeyAge: Sendable {
        package var usual: Duration = .seconds(7 * 86_400)
        /// Past so many keys, by the database's own estimate, they are kept for less.
        package var many = 300_000_000
        package var amongMany: Duration = .seconds(86_400)

        package init() {}

        fileprivate func now(on session: PostgresSession) throws -> Duration {
            let estimate = try session.query(
                "SELECT reltuples::bigint AS keys FROM pg_class WHERE oid = 'idempotency'::regclass")[0].int("keys")
            return estimate > Int64(many) ? amongMany : usual
        }
    }

    /// Drops what is over: sent bodies, old keys, old notes. A bounded piece at a time; says whether there may be more.
    package func prune(keys age: KeyAge = KeyAge(), notesOlderThan notes: Duration, limit: Int = 5000) async throws
        -> Bool
    {
        try await database.run { session in
            let keys = try age.now(on: session)
            var most = try session.query("SELECT drop_stream_shards($1::int) AS rows", [.number(limit)])[0].int("rows")
            for (sql, age) in [
                (
                    "DELETE FROM idempotency WHERE ctid = ANY (ARRAY(SELECT ctid FROM idempotency WHERE at < now() - make_interval(secs => $1::bigint / 1e6) LIMIT $2))",
                    keys
                ),
                (
                    "DELETE FROM dedupe_key WHERE key = ANY (ARRAY(SELECT key FROM dedupe_key WHERE until < now() - make_interval(secs => $1::bigint / 1e6) LIMIT $2))",
                    .zero
                ),
                (
                    "DELETE FROM message_note WHERE message = ANY (ARRAY(SELECT message FROM message_note WHERE at < now() - make_interval(secs => $1::bigint / 1e6) LIMIT $2))",
                    notes
                ),
                (
                    "DELETE FROM order_line WHERE key = ANY (ARRAY(SELECT key FROM order_line WHERE at < now() - make_interval(secs => $1::bigint / 1e6) LIMIT $2))",
                    Self.lineAge
                ),
                (
                    "DELETE FROM shard_turn WHERE shard = ANY (ARRAY(SELECT shard FROM shard_turn WHERE at < now() - make_interval(secs => $1::bigint / 1e6) LIMIT $2))",
                    Self.lineAge
                ),
            ] {
                let gone = try session.query("\(sql) RETURNING 1", [.int(age.wholeMicroseconds), .number(limit)]).count
                most = max(most, Int64(gone))
            }
            return most >= limit
        }
    }
}
