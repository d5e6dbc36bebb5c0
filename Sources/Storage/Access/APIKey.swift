import Domain

/// A key as people see it: everything but its secret.
package struct APIKey: Sendable, Hashable {
    package let id: Int64
    package let publicID: APIKeyID
    package let tenant: Int64
    package let tenantName: String
    package let source: Int64
    package let sourceName: String
    package let isTest: Bool
    package let scopes: [String]
    package let networks: [String]
    package let createdAt: Timestamp
    package let expiresAt: Timestamp?
    package let revokedAt: Timestamp?
    /// To the minute.
    package let lastUsedAt: Timestamp?
    /// Until when the secret before the last rotation still holds.
    package let formerUntil: Timestamp?

    static let selection = """
        SELECT k.id, k.public_id, k.tenant, t.name AS tenant_name, k.source, s.name AS source_name, k.is_test,
               k.scopes, k.networks::text[] AS networks, k.created_at, k.expires_at,
               coalesce(k.revoked_at, s.removed_at, t.removed_at) AS revoked_at, k.last_used_at, k.former_until
          FROM api_key k JOIN source s ON s.id = k.source JOIN tenant t ON t.id = k.tenant
        """

    init(row: PostgresRow) throws(StorageError) {
        id = try row.int("id")
        guard let publicID = APIKeyID(try row.text("public_id")) else { throw .malformed("name of key \(id)") }
        self.publicID = publicID
        tenant = try row.int("tenant")
        tenantName = try row.text("tenant_name")
        source = try row.int("source")
        sourceName = try row.text("source_name")
        isTest = try row.bool("is_test")
        scopes = try row.textArray("scopes")
        networks = try row.textArray("networks")
        createdAt = try row.time("created_at")
        expiresAt = try row.optionalTime("expires_at")
        revokedAt = try row.optionalTime("revoked_at")
        lastUsedAt = try row.optionalTime("last_used_at")
        formerUntil = try row.optionalTime("former_until")
    }

    package var shown: String { APIKeyToken.shown(publicID, isTest: isTest) }
}
