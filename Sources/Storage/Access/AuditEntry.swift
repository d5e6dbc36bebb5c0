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
