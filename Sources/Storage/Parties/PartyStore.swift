import Domain

/// Tenants, sources and templates (in a file of their own): who sends what.
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

    /// Whether its templates must be approved before they are sent. False where there is no such tenant.
    package func requireApproval(of tenant: Int64, _ isRequired: Bool, audit: AuditOrigin) async throws -> Bool {
        try await database.transaction { session in
            let rows = try session.query(
                """
                UPDATE tenant SET requires_approval = $2 WHERE id = $1 AND removed_at IS NULL RETURNING name
                """, [.int(tenant), .bool(isRequired)])
            guard let row = rows.first else { return false }
            try AuditEntry(
                "tenant.approval", try row.text("name"), by: audit, tenant: tenant,
                after: ["required": .bool(isRequired)]
            ).store(on: session)
            try session.execute("NOTIFY herald_configuration")
            return true
        }
    }

    // MARK: Sources

    package func addSource(
        tenant: Int64, name: String, costCentre: String = "", audit: AuditOrigin? = nil
    ) async throws {
        try await database.transaction { session in
            try session.execute(
                "INSERT INTO source (tenant, name, cost_centre) VALUES ($1, $2, $3)",
                [.int(tenant), .text(name), .text(costCentre)])
            try (audit ?? database.origin).map { AuditEntry("source.add", name, by: $0, tenant: tenant) }?.store(
                on: session)
        }
    }

    package func sources(tenant: Int64? = nil) async throws -> [Source] {
        try await database.run { session in
            try session.query(
                """
                SELECT s.id, s.name, s.tenant, t.name AS tenant_name, s.cost_centre, \(SourcePause.columns) FROM source s JOIN tenant t ON t.id = s.tenant
                WHERE s.removed_at IS NULL AND ($1::bigint IS NULL OR s.tenant = $1) ORDER BY t.name, s.name
                """, [.optional(tenant)]
            ).map { try Source(row: $0) }
        }
    }

    /// Names whom finance charges what the source sends to, what it sent before included.
    package func setCostCentre(_ costCentre: String, ofSource id: Int64) async throws {
        try await database.run { session in
            try session.execute("UPDATE source SET cost_centre = $2 WHERE id = $1", [.int(id), .text(costCentre)])
        }
    }

    package func removeSource(_ id: Int64, audit: AuditOrigin? = nil) async throws -> Bool {
        try await database.transaction { session in
            // Its keys end with it.
            try session.execute("NOTIFY herald_configuration")
            let removed = try session.query(
                "UPDATE source SET removed_at = now() WHERE id = $1 AND removed_at IS NULL RETURNING tenant, name",
                [.int(id)])
            guard let row = removed.first else { return false }
            if let audit = audit ?? database.origin {
                try AuditEntry("source.remove", try row.text("name"), by: audit, tenant: try row.int("tenant"))
                    .store(on: session)
            }
            return true
        }
    }
}
