import Domain

/// Stores what the gateway takes in: keys, messages and notes of many requests in one transaction. On a connection of
/// its own, so that no other work of the process delays an accept.
package struct AcceptStore: Sendable {
    package let connection: PostgresConnection

    package init(database: Database, name: String) {
        connection = PostgresConnection(url: database.url, name: name, replacesSession: true)
    }

    /// One request's keys, with the answer that is kept for its repetitions.
    package struct KeyedAnswer: Sendable {
        package let tenant: Int64
        package let key: IdempotencyKey
        package let answer: StoredAnswer

        package init(tenant: Int64, key: IdempotencyKey, answer: StoredAnswer) {
            self.tenant = tenant
            self.key = key
            self.answer = answer
        }
    }

    /// A key that was used before, by a request that was answered.
    package struct Earlier: Sendable, Hashable {
        package let key: IdempotencyKey
        package let answer: StoredAnswer
    }

    /// A shard in the line of its source, recipient and ordering key.
    package struct PlaceInLine: Sendable, Hashable {
        package let line: [UInt8]
        package let shard: Int64

        package init(line: [UInt8], shard: Int64) {
            self.line = line
            self.shard = shard
        }
    }

    /// What became of a shard: opened for the process that brought it, or ready for whoever comes.
    package struct Stored: Sendable {
        package let shard: Int64
        /// Nil where it waits.
        package let grant: WindowGrant?
    }

    /// Takes keys, in one transaction with what the body then stores. The body is told which keys had been used.
    package func transaction<T: Sendable>(_ body: @Sendable (Taking) throws -> T) async throws -> T {
        try await connection.run { session in try session.transaction { try body(Taking(session: session)) } }
    }

    /// The steps of one accept, inside its transaction.
    package struct Taking {
        let session: PostgresSession

        /// Returns those that were there already: another request's, or the same one's whose commit was not heard of. In
        /// the order of the keys, because two processes that took them in opposite orders would wait for each other.
        package func take(_ answers: [KeyedAnswer]) throws -> [Earlier] {
            guard !answers.isEmpty else { return [] }
            let sorted = answers.sorted { $0.key.key.lexicographicallyPrecedes($1.key.key) }
            let taken = try session.query(
                """
                INSERT INTO idempotency (key, tenant, body, status, answer)
                SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bytea[])
                ON CONFLICT (key) DO NOTHING RETURNING key
                """,
                [
                    .bytesArray(sorted.map(\.key.key)), .intArray(sorted.map(\.tenant)),
                    .bytesArray(sorted.map(\.key.body)), .intArray(sorted.map { Int64($0.answer.status) }),
                    .bytesArray(sorted.map(\.answer.body)),
                ])
            guard taken.count < sorted.count else { return [] }
            let fresh = Set(try taken.map { try $0.bytes("key") })
            return try Self.earlier(sorted.map(\.key.key).filter { !fresh.contains($0) }, on: session)
        }

        /// A statement of its own: its snapshot sees what the conflict was with.
        static func earlier(_ keys: [[UInt8]], on session: PostgresSession) throws -> [Earlier] {
            try session.query(
                "SELECT key, body, status, answer FROM idempotency WHERE key = ANY ($1)", [.bytesArray(keys)]
            ).map {
                Earlier(
                    key: IdempotencyKey(key: try $0.bytes("key"), body: try $0.bytes("body")),
                    answer: StoredAnswer(status: Int(try $0.int("status")), body: try $0.bytes("answer")))
            }
        }

        /// Changes an answer after all: some of its messages turned out to be repetitions.
        package func replace(_ answer: StoredAnswer, for key: IdempotencyKey) throws {
            try session.execute(
                "UPDATE idempotency SET status = $2, answer = $3 WHERE key = $1",
                [.bytes(key.key), .number(answer.status), .bytes(answer.body)])
        }

        /// Returns, by key, the messages that were sent under it lately.
        package func claim(_ claims: [DedupeClaim]) throws -> [[UInt8]: MessageID] {
            guard !claims.isEmpty else { return [:] }
            let sorted = claims.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            let keys = PostgresValue.bytesArray(sorted.map(\.key))
            let won = Set(
                try session.query(
                    """
                    INSERT INTO dedupe_key AS d (key, message, until)
                    SELECT u.key, u.message, to_timestamp(u.until::numeric / 1000000)
                      FROM unnest($1::bytea[], $2::bigint[], $3::bigint[]) AS u (key, message, until)
                    ON CONFLICT (key) DO UPDATE SET message = excluded.message, until = excluded.until
                       WHERE d.until <= clock_timestamp() OR d.message = excluded.message
                    RETURNING key
                    """,
                    [keys, .intArray(sorted.map(\.message.rawValue)), .intArray(sorted.map(\.until.micros))]
                ).map { try $0.bytes("key") })
            guard won.count < sorted.count else { return [:] }
            let lost = sorted.map(\.key).filter { !won.contains($0) }
            let pairs = try session.query(
                "SELECT key, message FROM dedupe_key WHERE key = ANY ($1)", [.bytesArray(lost)]
            ).map { (try $0.bytes("key"), MessageID(rawValue: try $0.int("message"))) }
            return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
        }

        package func note(_ notes: [MessageNote]) throws {
            guard !notes.isEmpty else { return }
            try session.execute(
                """
                INSERT INTO message_note (message, tenant, source, reference, sealed)
                SELECT u.message, u.tenant, nullif(u.source, 0), u.reference, nullif(u.sealed, '')
                  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bytea[])
                       AS u (message, tenant, source, reference, sealed)
                ON CONFLICT DO NOTHING
                """,
                [
                    .intArray(notes.map(\.message.rawValue)), .intArray(notes.map(\.tenant)),
                    .intArray(notes.map { $0.source ?? 0 }), .textArray(notes.map(\.reference)),
                    .bytesArray(notes.map(\.sealed)),
                ])
        }

        /// Puts shards at the end of their lines, those of one line as they come; returns those that must wait.
        package func takeTurns(_ places: [PlaceInLine]) throws -> [Int64] {
            guard !places.isEmpty else { return [] }
            let sorted = places.enumerated().sorted {
                $0.element.line == $1.element.line
                    ? $0.offset < $1.offset : $0.element.line.lexicographicallyPrecedes($1.element.line)
            }.map(\.element)
            return try session.query(
                "SELECT shard FROM take_turns($1, $2)",
                [.bytesArray(sorted.map(\.line)), .intArray(sorted.map(\.shard))]
            ).map { try $0.int("shard") }
        }

        /// `keep`: how long after its expiry a shard's recipients are kept.
        package func store(_ shards: [AcceptedShard], worker: Int64, keep: Duration) throws -> [Stored] {
            guard !shards.isEmpty else { return [] }
            let counts = Dictionary(uniqueKeysWithValues: shards.map { ($0.id, $0.count) })
            let stored = try session.query(
                """
                SELECT * FROM accept_shards($1, $2, $3::int[], $4::bool[], $5, $6, $7::int[], $8, $9, $10,
                                            make_interval(secs => $11::bigint / 1e6))
                """,
                [
                    .int(worker), .intArray(shards.map(\.id)), .intArray(shards.map { Int64($0.lane.rawValue) }),
                    .textArray(shards.map { $0.isOpen ? "t" : "f" }), .intArray(shards.map { $0.dueAt?.micros ?? 0 }),
                    .intArray(shards.map(\.expiresAt.micros)), .intArray(shards.map { Int64($0.count) }),
                    .bytesArray(shards.map(\.sealed)), .bytesArray(shards.map(\.skip)),
                    .intArray(shards.map(\.horizon)), .int(keep.wholeMicroseconds),
                ]
            ).map { row in
                let id = try row.int("id")
                return Stored(
                    shard: id,
                    grant: try row.bool("is_open")
                        ? try WindowGrant(opened: counts[id] ?? 0, campaignState: .running, policy: row) : nil)
            }
            // Few shards have one: a statement of their own costs the others nothing.
            let traced = shards.compactMap { shard in shard.trace.map { (shard.id, $0) } }
            if !traced.isEmpty {
                try session.execute(
                    """
                    UPDATE shard s SET trace = t.trace FROM unnest($1::bigint[], $2::bytea[]) AS t (id, trace)
                     WHERE s.id = t.id AND s.trace IS NULL
                    """, [.intArray(traced.map(\.0)), .bytesArray(traced.map(\.1.bytes))])
            }
            return stored
        }
    }
}
