import Domain

/// All that is needed to judge a key and to work for its owner, as one query brings it.
package struct KeyRecord: Sendable {
    package let caller: Caller
    package let secret: SecretHash
    /// Of the key before the last rotation, as long as it holds.
    package let former: (secret: SecretHash, until: Timestamp)?
    package let networks: [NetworkRange]
    package let expiresAt: Timestamp?
    /// Also where its source or its tenant was removed.
    package let revokedAt: Timestamp?

    static let selection = """
        SELECT k.id, k.public_id, k.tenant, t.name AS tenant_name, t.tier, t.region, t.time_zone, k.source,
               s.name AS source_name, k.is_test, k.secret, k.former_secret, k.former_until, k.scopes,
               k.networks::text[] AS networks, k.expires_at, coalesce(k.revoked_at, s.removed_at, t.removed_at) AS revoked_at,
               \(SourceLimits.columns), \(SourcePause.columns),
               (SELECT coalesce(json_agg(u), '[]') FROM permitted_use u WHERE u.source = k.source) AS uses
          FROM api_key k JOIN source s ON s.id = k.source JOIN tenant t ON t.id = k.tenant
          LEFT JOIN source_limit l ON l.source = k.source
        """

    init(row: PostgresRow) throws {
        let key = APIKeyID(try row.text("public_id"))
        guard let key else { throw StorageError.malformed("name of key \(try row.int("id"))") }
        let uses = try JSON.parse(try row.text("uses")).arrayValue ?? []
        caller = Caller(
            key: try row.int("id"), keyID: key, tenant: try row.int("tenant"), tenantName: try row.text("tenant_name"),
            tier: Tenant.Tier(rawValue: try row.text("tier")) ?? .paid, region: Region(try row.text("region")) ?? .none,
            timeZone: try row.text("time_zone"), source: try row.int("source"),
            sourceName: try row.text("source_name"),
            // A scope that this version does not know gives nothing.
            scopes: ScopeSet(try row.textArray("scopes").flatMap { Scope.named($0) ?? [] }),
            uses: try uses.map { try PermittedUse(json: $0) }, limits: try SourceLimits(row: row),
            pause: try SourcePause(row: row), isTest: try row.bool("is_test"))
        secret = SecretHash(bytes: try row.bytes("secret"))
        if let old = try row.optionalBytes("former_secret") {
            former = (SecretHash(bytes: old), try row.time("former_until"))
        } else {
            former = nil
        }
        networks = try row.textArray("networks").map { try NetworkRange($0) }
        expiresAt = try row.optionalTime("expires_at")
        revokedAt = try row.optionalTime("revoked_at")
    }
}
