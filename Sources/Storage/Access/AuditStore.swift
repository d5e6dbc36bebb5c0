import Domain

/// Reads the log; entries that belong to no change are written here too.
package struct AuditStore: Sendable {
    /// An entry as it was stored.
    package struct Stored: Sendable, Hashable {
        package let id: Int64
        package let at: Timestamp
        package let tenant: Int64?
        package let actor: String
        package let origin: String
        package let action: String
        package let subject: String
        /// As JSON.
        package let before: String?
        package let after: String?
    }

    /// Which entries; every condition that is given must hold.
    package struct Filter: Sendable {
        package var tenant: Int64?
        package var actor: String?
        /// The whole word, or with `key.` all that begin so.
        package var action: String?
        package var subject: String?
        /// From the first on, and before the second.
        package var from: Timestamp?
        package var to: Timestamp?

        package init(tenant: Int64? = nil) { self.tenant = tenant }
    }

    let database: Database

    package init(database: Database) { self.database = database }

    package func add(_ entries: [AuditEntry]) async throws {
        guard !entries.isEmpty else { return }
        try await database.transaction { session in
            for entry in entries { try entry.store(on: session) }
        }
    }

    /// The newest first; of one tenant, or of all. `before` goes on behind an entry.
    package func entries(tenant: Int64? = nil, before: Int64? = nil, limit: Int = 100) async throws -> [Stored] {
        try await entries(Filter(tenant: tenant), before: before, limit: limit)
    }

    package func entries(_ wanted: Filter, before: Int64? = nil, limit: Int) async throws -> [Stored] {
        try await database.run { session in
            try session.query(
                """
                SELECT \(Stored.columns) FROM admin_audit a
                 WHERE ($1::bigint IS NULL OR a.tenant = $1) AND ($2::bigint IS NULL OR a.id < $2)
                   AND ($4::text IS NULL OR a.actor = $4) AND ($6::text IS NULL OR a.subject = $6)
                   AND ($5::text IS NULL OR a.action = $5 OR (right($5, 1) = '.' AND starts_with(a.action, $5)))
                   AND ($7::timestamptz IS NULL OR a.at >= $7) AND ($8::timestamptz IS NULL OR a.at < $8)
                 ORDER BY a.id DESC LIMIT $3
                """,
                [
                    .optional(wanted.tenant), .optional(before), .number(limit), .optional(wanted.actor),
                    .optional(wanted.action), .optional(wanted.subject), .optional(wanted.from), .optional(wanted.to),
                ]
            ).map { try Stored(row: $0) }
        }
    }

    /// Every action that some entry has.
    package func actions() async throws -> [String] {
        try await database.run { session in
            try session.query("SELECT DISTINCT action FROM admin_audit ORDER BY 1").map { try $0.text("action") }
        }
    }
}

extension AuditStore.Stored {
    static let columns = """
        a.id, a.at, a.tenant, a.actor, a.origin, a.action, a.subject, a.before::text AS before, a.after::text AS after
        """

    init(row: PostgresRow) throws(StorageError) {
        self.init(
            id: try row.int("id"), at: try row.time("at"), tenant: try row.optionalInt("tenant"),
            actor: try row.text("actor"), origin: try row.text("origin"), action: try row.text("action"),
            subject: try row.text("subject"), before: try row.optionalText("before"),
            after: try row.optionalText("after"))
    }
}
