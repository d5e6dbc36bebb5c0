import Domain

/// Templates, version by version. Every change tells the processes.
extension PartyStore {
    /// Those that Herald makes by itself begin so; they are nobody's and are not listed.
    private static let own = "herald."

    /// Stores a new version; the first is 1.
    package func addTemplate(
        tenant: Int64, name: String, channel: Channel, content: String, audit: AuditOrigin? = nil
    ) async throws -> TemplateVersion {
        try await database.transaction { session in
            let id = try session.query(
                """
                INSERT INTO template (tenant, name, version, channel, content)
                SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4 FROM template WHERE tenant = $1 AND name = $2
                RETURNING id
                """,
                [.int(tenant), .text(name), .number(channel.code), .text(content)])[0].int("id")
            let stored = try TemplateVersion(
                row: try session.query("\(TemplateVersion.selection) WHERE t.id = $1", [.int(id)])[0])
            if let audit = audit ?? database.origin {
                try AuditEntry(
                    "template.add", name, by: audit, tenant: tenant,
                    after: ["version": .int(stored.version), "channel": .string(channel.rawValue)]
                ).store(on: session)
            }
            try session.execute("NOTIFY herald_configuration")
            return stored
        }
    }

    /// The newest version, or the one asked for.
    package func template(tenant: Int64, name: String, version: Int64? = nil) async throws -> TemplateVersion? {
        try await database.run { session in
            try session.query(
                """
                \(TemplateVersion.selection) WHERE t.tenant = $1 AND t.name = $2 AND t.removed_at IS NULL
                AND ($3::bigint IS NULL OR t.version = $3) ORDER BY t.version DESC LIMIT 1
                """, [.int(tenant), .text(name), .optional(version)]
            ).first.map { try TemplateVersion(row: $0) }
        }
    }

    package func template(id: Int64) async throws -> TemplateVersion? {
        try await database.run { session in
            try session.query("\(TemplateVersion.selection) WHERE t.id = $1", [.int(id)]).first.map {
                try TemplateVersion(row: $0)
            }
        }
    }

    /// The newest version of each.
    package func templates(tenant: Int64) async throws -> [TemplateVersion] {
        try await database.run { session in
            try session.query(
                """
                SELECT DISTINCT ON (v.name) v.* FROM (\(TemplateVersion.selection)) v
                 WHERE v.tenant = $1 AND v.removed_at IS NULL ORDER BY v.name, v.version DESC
                """, [.int(tenant)]
            ).map { try TemplateVersion(row: $0) }
        }
    }

    /// The newest version of each, a page at a time in the order in which they were first made; `place` is where the
    /// next page goes on.
    package func templates(
        tenant: Int64, after: Int64?, limit: Int
    ) async throws -> [(place: Int64, template: TemplateVersion)] {
        try await database.run { session in
            try session.query(
                """
                SELECT v.*, f.place FROM (
                    SELECT name, min(id) AS place, max(version) AS version FROM template
                     WHERE tenant = $1 AND removed_at IS NULL AND NOT starts_with(name, $4)
                     GROUP BY name HAVING min(id) > coalesce($2::bigint, 0) ORDER BY 2 LIMIT $3) f
                  JOIN (\(TemplateVersion.selection)) v ON v.tenant = $1 AND v.name = f.name AND v.version = f.version
                 ORDER BY f.place
                """, [.int(tenant), .optional(after), .number(limit), .text(Self.own)]
            ).map { (try $0.int("place"), try TemplateVersion(row: $0)) }
        }
    }

    /// All versions that are in use, the newest first.
    package func versions(
        tenant: Int64, name: String, before: Int64?, limit: Int
    ) async throws -> [TemplateVersion] {
        try await database.run { session in
            try session.query(
                """
                \(TemplateVersion.selection) WHERE t.tenant = $1 AND t.name = $2 AND t.removed_at IS NULL
                AND ($3::bigint IS NULL OR t.version < $3) ORDER BY t.version DESC LIMIT $4
                """, [.int(tenant), .text(name), .optional(before), .number(limit)]
            ).map { try TemplateVersion(row: $0) }
        }
    }

    /// Says that a version may be sent; once is enough. Nil where there is none such.
    package func approve(
        tenant: Int64, name: String, version: Int64, by: String, audit: AuditOrigin
    ) async throws -> TemplateVersion? {
        try await database.transaction { session in
            let changed = try session.query(
                """
                UPDATE template SET approved_at = clock_timestamp(), approved_by = $4
                 WHERE tenant = $1 AND name = $2 AND version = $3 AND removed_at IS NULL AND approved_at IS NULL
                 RETURNING id
                """, [.int(tenant), .text(name), .int(version), .text(by)])
            if changed.count > 0 {
                try AuditEntry(
                    "template.approve", name, by: audit, tenant: tenant, after: ["version": .int(version)]
                ).store(on: session)
                try session.execute("NOTIFY herald_configuration")
            }
            return try session.query(
                """
                \(TemplateVersion.selection) WHERE t.tenant = $1 AND t.name = $2 AND t.version = $3 AND t.removed_at IS NULL
                """, [.int(tenant), .text(name), .int(version)]
            ).first.map { try TemplateVersion(row: $0) }
        }
    }

    /// Takes all versions out of use; campaigns that name one keep it.
    package func removeTemplate(tenant: Int64, name: String, audit: AuditOrigin? = nil) async throws -> Bool {
        try await database.transaction { session in
            let count = try session.query(
                """
                UPDATE template SET removed_at = now() WHERE tenant = $1 AND name = $2 AND removed_at IS NULL RETURNING id
                """, [.int(tenant), .text(name)]
            ).count
            guard count > 0 else { return false }
            try (audit ?? database.origin).map { AuditEntry("template.remove", name, by: $0, tenant: tenant) }?
                .store(on: session)
            try session.execute("NOTIFY herald_configuration")
            return true
        }
    }
}
