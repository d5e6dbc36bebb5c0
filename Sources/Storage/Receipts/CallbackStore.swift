import Domain

/// Callbacks as they came. What is stored is committed before the provider hears that it was taken.
package struct CallbackStore: Sendable {
    let database: Database
    let keys: KeyRing
    /// A provider repeats what it believes was lost for three days at most.
    static let memory = "interval '72 hours'"

    package init(database: Database, keys: KeyRing) {
        self.database = database
        self.keys = keys
    }

    /// Stores callbacks in one statement; returns how many were new. One that was stored within the last days is
    /// only counted.
    @discardableResult
    package func store(_ batch: [StoredCallback], wake: Bool = true) async throws -> Int {
        guard !batch.isEmpty else { return 0 }
        let keys = keys
        return try await database.transaction { session in
            let part = try session.currentDayPart(.callbacks)
            let cipher = keys.callbackCipher(part)
            let hash = keys.callbackHash
            let added = try session.query(
                """
                WITH given AS (
                    SELECT DISTINCT ON (digest) *, (count(*) OVER (PARTITION BY digest))::int AS times
                      FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bytea[])
                           WITH ORDINALITY g (digest, micros, provider, sealed, place)
                     ORDER BY digest, place
                ), known AS (
                    UPDATE callback c SET repeats = c.repeats + g.times FROM given g
                     WHERE c.digest = g.digest AND c.received_at > now() - \(Self.memory)
                       AND c.day >= day_number(now() - interval '4 days')
                    RETURNING c.digest
                ), added AS (
                    INSERT INTO callback (received_at, provider, day, repeats, digest, sealed)
                    SELECT 'epoch'::timestamptz + micros * interval '1 microsecond', provider::int, $5::int, times - 1, digest, sealed
                      FROM given WHERE digest NOT IN (SELECT digest FROM known) ORDER BY place
                    RETURNING 1
                )
                SELECT count(*) AS count FROM added
                """,
                [
                    .bytesArray(batch.map { Array(hash(bigEndianBytes($0.provider) + $0.identity).prefix(16)) }),
                    .intArray(batch.map(\.receivedAt.micros)), .intArray(batch.map(\.provider)),
                    .bytesArray(batch.map { Box.seal($0.content.span, with: cipher, context: "callback") }),
                    .number(part.day),
                ])[0].int("count")
            if wake, added > 0 { try session.execute("NOTIFY herald_callbacks") }
            return Int(added)
        }
    }

    // MARK: Looking

    package func callback(_ id: Int64) async throws -> CallbackEntry? {
        let keys = keys
        return try await database.run { session in
            try session.query("\(CallbackEntry.selection) WHERE c.id = $1", [.int(id)]).first.map {
                try CallbackEntry(row: $0, keys: keys)
            }
        }
    }

    /// The newest first.
    package func callbacks(state: CallbackState?, provider: Int64?, limit: Int) async throws -> [CallbackEntry] {
        let keys = keys
        return try await database.run { session in
            try session.query(
                """
                \(CallbackEntry.selection) WHERE ($1::text IS NULL OR c.state = $1) AND ($2::bigint IS NULL OR c.provider = $2)
                 ORDER BY c.id DESC LIMIT $3
                """, [.optional(state?.rawValue), .optional(provider), .number(limit)]
            ).map { try CallbackEntry(row: $0, keys: keys) }
        }
    }

    /// The number that was given out last.
    package func lastNumber() async throws -> Int64 {
        try await database.run { session in
            try session.query("SELECT coalesce(max(id), 0) AS last FROM callback")[0].int("last")
        }
    }

    /// How many there are in each state, of those after a number.
    package func counts(after number: Int64 = 0) async throws -> [CallbackState: Int64] {
        try await database.run { session in
            var counts: [CallbackState: Int64] = [:]
            let rows = try session.query(
                "SELECT state, count(*) AS count FROM callback WHERE id > $1 GROUP BY 1", [.int(number)])
            for i in 0..<rows.count {
                if let state = CallbackState(rawValue: try rows[i].text("state")) {
                    counts[state] = try rows[i].int("count")
                }
            }
            return counts
        }
    }

    /// Whether something waits to be looked at now.
    package func isWorkDue() async throws -> Bool {
        try await database.run { session in
            try session.query(
                "SELECT FROM callback WHERE state IN ('new', 'parked') AND due_at <= clock_timestamp() LIMIT 1"
            ).count > 0
        }
    }
}
