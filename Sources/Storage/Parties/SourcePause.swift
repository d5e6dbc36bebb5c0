import Domain

/// A source that sends nothing new for a while: paused by a person, or by a rule that found its volume out of all
/// proportion.
package struct SourcePause: Sendable, Hashable {
    package let since: Timestamp
    /// A person, a key, or `rule:NAME`.
    package let by: String
    package let includesCritical: Bool

    static let columns = "s.paused_at, s.paused_by, s.pause_includes_critical"

    /// Nil where it is not paused.
    init?(row: PostgresRow) throws(StorageError) {
        guard let since = try row.optionalTime("paused_at") else { return nil }
        self.since = since
        by = try row.text("paused_by")
        includesCritical = try row.bool("pause_includes_critical")
    }

    /// What is urgent goes on unless it was said that it doesn't.
    package func spares(_ category: Category, _ priority: Priority) -> Bool {
        !includesCritical && (category == .otp || priority == .critical)
    }

    package func refusal(source: String, tenant: String) -> AccessRefusal {
        let who = by.hasPrefix("rule:") ? "the alert rule \(by.dropFirst(5))" : by
        return AccessRefusal(
            rule: "source.paused",
            text:
                "source \(source) was paused by \(who) at \(since); `herald source resume \(source) --tenant \(tenant)` or "
                + "POST /v1/sources/\(source)/resume lets it send again")
    }

    /// Pauses where it is not yet, or does so for more. False where nothing changed. Processes hear of it.
    static func set(
        on session: PostgresSession, source: Int64, by name: String, at now: Timestamp, includesCritical: Bool,
        audit: AuditOrigin
    ) throws -> Bool {
        let rows = try session.query(
            """
            UPDATE source SET paused_at = coalesce(paused_at, $2), paused_by = $3, pause_includes_critical = $4 OR pause_includes_critical
             WHERE id = $1 AND removed_at IS NULL AND (paused_at IS NULL OR $4 AND NOT pause_includes_critical)
            RETURNING tenant, name
            """, [.int(source), .time(now), .text(name), .bool(includesCritical)])
        guard let row = rows.first else { return false }
        try AuditEntry(
            "source.pause", try row.text("name"), by: audit, tenant: try row.int("tenant"),
            after: ["includes_critical": .bool(includesCritical)]
        ).store(on: session)
        try session.execute("NOTIFY herald_configuration")
        return true
    }
}

extension PartyStore {
    package func pauseSource(_ id: Int64, includesCritical: Bool, now: Timestamp = .now, audit: AuditOrigin)
        async throws
        -> Bool
    {
        try await database.transaction { session in
            try SourcePause.set(
                on: session, source: id, by: audit.actor, at: now, includesCritical: includesCritical, audit: audit)
        }
    }

    /// False where it was not paused.
    package func resumeSource(_ id: Int64, audit: AuditOrigin) async throws -> Bool {
        try await database.transaction { session in
            let rows = try session.query(
                """
                UPDATE source s SET paused_at = NULL, paused_by = '', pause_includes_critical = false
                  FROM (SELECT id, paused_by FROM source WHERE id = $1 FOR UPDATE) old
                 WHERE s.id = old.id AND s.paused_at IS NOT NULL RETURNING s.tenant, s.name, old.paused_by
                """, [.int(id)])
            guard let row = rows.first else { return false }
            try AuditEntry(
                "source.resume", try row.text("name"), by: audit, tenant: try row.int("tenant"),
                before: ["paused_by": .string(try row.text("paused_by"))]
            ).store(on: session)
            try session.execute("NOTIFY herald_configuration")
            return true
        }
    }
}
