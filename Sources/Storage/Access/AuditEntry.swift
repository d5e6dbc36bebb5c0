import Domain

/// Who did something, and from where.
package struct AuditOrigin: Sendable, Hashable {
    /// A key by its public name, or a user of the machine.
    package var actor: String
    /// The client's address, or `command line`.
    package var origin: String

    package init(actor: String, origin: String) {
        self.actor = actor
        self.origin = origin
    }
}

/// One line of the log of what administrators changed and what was refused. It is only ever added to.
package struct AuditEntry: Sendable {
    package let by: AuditOrigin
    /// Nil: of the installation.
    package let tenant: Int64?
    /// `key.add`, `source.permit`, `access.refuse`.
    package let action: String
    package let subject: String
    package let before: JSON?
    package let after: JSON?

    package init(
        _ action: String, _ subject: String, by: AuditOrigin, tenant: Int64?, before: JSON? = nil, after: JSON? = nil
    ) {
        self.action = action
        self.subject = subject
        self.by = by
        self.tenant = tenant
        self.before = before
        self.after = after
    }

    /// In the transaction of the change that it tells of.
    package func store(on session: PostgresSession) throws(StorageError) {
        try session.execute(
            """
            INSERT INTO admin_audit (tenant, actor, origin, action, subject, before, after)
            VALUES ($1::bigint, $2, $3, $4, $5, $6::text::jsonb, $7::text::jsonb)
            """,
            [
                .optional(tenant), .text(by.actor), .text(by.origin), .text(action), .text(subject),
                .optional(before?.text), .optional(after?.text),
            ])
    }
}

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
        try await database.run { session in
            try session.query(
                """
                SELECT id, at, tenant, actor, origin, action, subject, before::text AS before, after::text AS after
                  FROM admin_audit
                 WHERE ($1::bigint IS NULL OR tenant = $1) AND ($2::bigint IS NULL OR id < $2)
                 ORDER BY id DESC LIMIT $3
                """, [.optional(tenant), .optional(before), .number(limit)]
            ).map { row in
                Stored(
                    id: try row.int("id"), at: try row.time("at"), tenant: try row.optionalInt("tenant"),
                    actor: try row.text("actor"), origin: try row.text("origin"), action: try row.text("action"),
                    subject: try row.text("subject"), before: try row.optionalText("before"),
                    after: try row.optionalText("after"))
            }
        }
    }
}
