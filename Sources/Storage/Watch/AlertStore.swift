import Domain

/// Troubles that were found, for people.
package struct AlertStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    /// The newest first; of one tenant, or of all. `before` goes on behind one.
    package func alerts(
        tenant: Int64? = nil, isOpen: Bool? = nil, before: Int64? = nil, limit: Int = 100
    ) async throws -> [StoredAlert] {
        try await database.run { session in
            try session.query(
                StoredAlert.selection + """
                     WHERE ($1::bigint IS NULL OR a.tenant = $1) AND ($2::text IS NULL OR a.state = $2)
                       AND ($3::bigint IS NULL OR a.id < $3) ORDER BY a.id DESC LIMIT $4
                    """,
                [
                    .optional(tenant), .optional(isOpen.map { $0 ? "open" : "closed" }), .optional(before),
                    .number(limit),
                ]
            ).map { try StoredAlert(row: $0) }
        }
    }

    package func alert(_ id: Int64) async throws -> StoredAlert? {
        try await database.run { try Self.alert(id, on: $0) }
    }

    static func alert(_ id: Int64, on session: PostgresSession) throws -> StoredAlert? {
        try session.query(StoredAlert.selection + " WHERE a.id = $1", [.int(id)]).first.map { try StoredAlert(row: $0) }
    }

    /// Those that were told with another one.
    package func parts(of id: Int64) async throws -> [StoredAlert] {
        try await database.run { session in
            try session.query(StoredAlert.selection + " WHERE a.part_of = $1 ORDER BY a.id", [.int(id)])
                .map { try StoredAlert(row: $0) }
        }
    }

    /// Somebody looks after it. False where somebody did already.
    package func acknowledge(_ id: Int64, audit: AuditOrigin) async throws -> Bool {
        try await database.transaction { session in
            let rows = try session.query(
                """
                UPDATE alert SET acknowledged_at = clock_timestamp(), acknowledged_by = $2
                 WHERE id = $1 AND acknowledged_at IS NULL RETURNING tenant, rule_name
                """, [.int(id), .text(audit.actor)])
            guard let row = rows.first else { return false }
            try AuditEntry(
                "alert.acknowledge", String(id), by: audit, tenant: try row.optionalInt("tenant"),
                after: ["rule": .string(try row.text("rule_name"))]
            ).store(on: session)
            return true
        }
    }

    /// How the last look went.
    package struct Standing: Sendable, Hashable {
        /// Nil before the first.
        package let lookedAt: Timestamp?
        package let took: Duration
        package let judged: Int64
        package let silent: Int64
        package let note: String
    }

    package func standing() async throws -> Standing {
        try await database.run { session in
            let row = try session.query(
                "SELECT CASE WHEN isfinite(looked_at) THEN looked_at END AS at, took_us, judged, silent, note FROM watch_state"
            )[0]
            return Standing(
                lookedAt: try row.optionalTime("at"), took: .microseconds(try row.int("took_us")),
                judged: try row.int("judged"), silent: try row.int("silent"), note: try row.text("note"))
        }
    }

    // MARK: Telling the operator

    /// Takes up what he was not told yet, for a while; given up after a day.
    package func takeUntold(now: Timestamp) async throws -> [StoredAlert] {
        try await database.transaction { session in
            let ids = try session.query(
                """
                UPDATE alert SET tell_at = $1::timestamptz + interval '2 minutes'
                 WHERE id IN (SELECT id FROM alert
                               WHERE told < CASE state WHEN 'open' THEN 1 ELSE 2 END AND told < 2 AND tell_at <= $1 AND part_of IS NULL
                                 AND coalesce(closed_at, opened_at) > $1::timestamptz - interval '1 day'
                               ORDER BY id LIMIT 50 FOR UPDATE SKIP LOCKED)
                RETURNING id
                """, [.time(now)]
            ).map { try $0.int("id") }
            return try ids.sorted().compactMap { try Self.alert($0, on: session) }
        }
    }

    package func told(_ alert: StoredAlert) async throws {
        try await database.run { session in
            try session.execute(
                "UPDATE alert SET told = $2, tell_at = opened_at WHERE id = $1",
                [.int(alert.id), .int(alert.isOpen ? 1 : 2)])
        }
    }
}
