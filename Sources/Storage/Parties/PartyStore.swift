import Domain

/// Tenants, sources and templates: who sends what.
package struct PartyStore: Sendable {
    let database: Database
    let keys: KeyRing

    package init(database: Database, keys: KeyRing) {
        self.database = database
        self.keys = keys
    }

    // MARK: Tenants

    package func addTenant(name: String, tier: Tenant.Tier, region: Region, timeZone: String) async throws -> Tenant {
        let sealed = keys.makeTenantKey()
        return try await database.transaction { session in
            let rows = try session.query(
                """
                INSERT INTO tenant (name, tier, region, time_zone, sealed_key) VALUES ($1, $2, $3, $4, $5) RETURNING *
                """,
                [.text(name), .text(tier.rawValue), .text(region.code), .text(timeZone), .bytes(sealed)])
            return try Tenant(row: rows[0])
        }
    }

    package func tenants() async throws -> [Tenant] {
        try await database.run { session in
            try session.query("SELECT * FROM tenant WHERE removed_at IS NULL ORDER BY name").map { try Tenant(row: $0) }
        }
    }

    package func tenant(named name: String) async throws -> Tenant? {
        try await database.run { session in
            try session.query("SELECT * FROM tenant WHERE name = $1 AND removed_at IS NULL", [.text(name)])
                .first.map { try Tenant(row: $0) }
        }
    }

    package func key(of tenant: Int64) async throws -> TenantKey {
        let sealed = try await database.run { session in
            try session.query("SELECT sealed_key FROM tenant WHERE id = $1", [.int(tenant)]).first?.bytes("sealed_key")
        }
        guard let sealed else { throw StorageError.malformed("no tenant \(tenant)") }
        return try keys.key(tenant: tenant, sealed: sealed)
    }

    /// What it sent stays in the ledger. Refused while a campaign of its is active.
    package func removeTenant(_ tenant: Int64) async throws -> Bool {
        try await database.transaction { session in
            // Its keys end with it.
            try session.execute("NOTIFY herald_configuration")
            return try session.query(
                """
                UPDATE tenant SET removed_at = now() WHERE id = $1 AND removed_at IS NULL AND NOT EXISTS (
                  SELECT FROM campaign c WHERE c.tenant = $1 AND c.state NOT IN ('finished', 'cancelled')
                     AND (NOT c.stream OR EXISTS (SELECT FROM shard s WHERE s.campaign = c.id AND s.state <> 'done'))) RETURNING id
                """, [.int(tenant)]
            ).count > 0
        }
    }

    // MARK: Sources

    package func addSource(tenant: Int64, name: String) async throws {
        try await database.transaction { session in
            try session.execute("INSERT INTO source (tenant, name) VALUES ($1, $2)", [.int(tenant), .text(name)])
        }
    }

    package func sources(tenant: Int64? = nil) async throws -> [Source] {
        try await database.run { session in
            try session.query(
                """
                SELECT s.id, s.name, s.tenant, t.name AS tenant_name FROM source s JOIN tenant t ON t.id = s.tenant
                WHERE s.removed_at IS NULL AND ($1::bigint IS NULL OR s.tenant = $1) ORDER BY t.name, s.name
                """, [.optional(tenant)]
            ).map { try Source(row: $0) }
        }
    }

    package func removeSource(_ id: Int64) async throws -> Bool {
        try await database.transaction { session in
            // Its keys end with it.
            try session.execute("NOTIFY herald_configuration")
            return try session.query(
                "UPDATE source SET removed_at = now() WHERE id = $1 AND removed_at IS NULL RETURNING id", [.int(id)]
            ).count > 0
        }
    }

    // MARK: Templates

    /// Stores a new version; the first is 1.
    package func addTemplate(tenant: Int64, name: String, channel: Channel, content: String) async throws
        -> TemplateVersion
    {
        try await database.transaction { session in
            let rows = try session.query(
                """
                INSERT INTO template (tenant, name, version, channel, content)
                SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4 FROM template WHERE tenant = $1 AND name = $2
                RETURNING *
                """,
                [.int(tenant), .text(name), .number(channel.code), .text(content)])
            try session.execute("NOTIFY herald_configuration")
            return try TemplateVersion(row: rows[0])
        }
    }

    /// The newest version, or the one asked for.
    package func template(tenant: Int64, name: String, version: Int64? = nil) async throws -> TemplateVersion? {
        try await database.run { session in
            try session.query(
                """
                SELECT * FROM template WHERE tenant = $1 AND name = $2 AND removed_at IS NULL
                AND ($3::bigint IS NULL OR version = $3) ORDER BY version DESC LIMIT 1
                """, [.int(tenant), .text(name), .optional(version)]
            ).first.map { try TemplateVersion(row: $0) }
        }
    }

    package func template(id: Int64) async throws -> TemplateVersion? {
        try await database.run { session in
            try session.query("SELECT * FROM template WHERE id = $1", [.int(id)]).first.map {
                try TemplateVersion(row: $0)
            }
        }
    }

    /// The newest version of each.
    package func templates(tenant: Int64) async throws -> [TemplateVersion] {
        try await database.run { session in
            try session.query(
                """
                SELECT DISTINCT ON (name) * FROM template WHERE tenant = $1 AND removed_at IS NULL
                ORDER BY name, version DESC
                """, [.int(tenant)]
            ).map { try TemplateVersion(row: $0) }
        }
    }

    /// Takes all versions out of use; campaigns that name one keep it.
    package func removeTemplate(tenant: Int64, name: String) async throws -> Bool {
        try await database.transaction { session in
            try session.query(
                """
                UPDATE template SET removed_at = now() WHERE tenant = $1 AND name = $2 AND removed_at IS NULL RETURNING id
                """, [.int(tenant), .text(name)]
            ).count > 0
        }
    }
}
