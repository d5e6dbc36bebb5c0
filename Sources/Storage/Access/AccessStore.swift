import Domain

/// Keys of source systems. Every change tells the processes, who forget what they knew.
package struct AccessStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    /// A key to be made, for the token that its owner gets.
    package struct Draft: Sendable {
        package var token: APIKeyToken
        package var source: Source
        package var scopes: [Scope]
        package var networks: [NetworkRange] = []
        package var expiresAt: Timestamp?

        package init(token: APIKeyToken, source: Source, scopes: [Scope]) {
            self.token = token
            self.source = source
            self.scopes = scopes
        }
    }

    @discardableResult
    package func add(_ draft: Draft, audit: AuditOrigin) async throws -> APIKey {
        let secret = SecretHash(draft.token)
        return try await database.transaction { session in
            try session.execute(
                """
                INSERT INTO api_key (tenant, source, public_id, is_test, secret, scopes, networks, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7::text[]::cidr[], $8::timestamptz)
                """,
                [
                    .int(draft.source.tenant), .int(draft.source.id), .text(draft.token.id.description),
                    .bool(draft.token.isTest), .bytes(secret.bytes), .textArray(draft.scopes.map(\.rawValue)),
                    .textArray(draft.networks.map(\.description)), .optional(draft.expiresAt),
                ])
            guard let key = try Self.key(draft.token.id, on: session) else { throw StorageError.malformed("no key") }
            try AuditEntry("key.add", key.shown, by: audit, tenant: key.tenant, after: key.audited).store(on: session)
            try session.execute("NOTIFY herald_configuration")
            return key
        }
    }

    /// Those of one tenant, or all; the newest last.
    package func keys(tenant: Int64? = nil) async throws -> [APIKey] {
        try await database.run { session in
            try session.query(
                APIKey.selection + " WHERE $1::bigint IS NULL OR k.tenant = $1 ORDER BY k.id", [.optional(tenant)]
            ).map { try APIKey(row: $0) }
        }
    }

    package func key(_ id: APIKeyID) async throws -> APIKey? {
        try await database.run { try Self.key(id, on: $0) }
    }

    private static func key(_ id: APIKeyID, on session: PostgresSession) throws -> APIKey? {
        try session.query(APIKey.selection + " WHERE k.public_id = $1", [.text(id.description)])
            .first.map { try APIKey(row: $0) }
    }

    /// Ends a key and the one before it, at once. False where it had ended.
    package func revoke(_ id: APIKeyID, audit: AuditOrigin) async throws -> Bool {
        try await change(id, "key.revoke", audit) { session in
            try session.query(
                """
                UPDATE api_key SET revoked_at = now(), former_secret = NULL, former_until = NULL
                 WHERE public_id = $1 AND revoked_at IS NULL RETURNING id
                """, [.text(id.description)]
            ).count > 0
        }
    }

    /// Gives a key a new secret; the last one holds for a while beside it, and one before that no longer. False
    /// where the key has ended.
    package func rotate(_ token: APIKeyToken, overlap: Duration, audit: AuditOrigin) async throws -> Bool {
        let secret = SecretHash(token)
        return try await change(token.id, "key.rotate", audit) { session in
            try session.query(
                """
                UPDATE api_key SET former_secret = secret, secret = $2,
                       former_until = clock_timestamp() + interval '1 microsecond' * $3
                 WHERE public_id = $1 AND is_test = $4 AND revoked_at IS NULL
                   AND (expires_at IS NULL OR expires_at > clock_timestamp()) RETURNING id
                """,
                [
                    .text(token.id.description), .bytes(secret.bytes), .int(overlap.wholeMicroseconds),
                    .bool(token.isTest),
                ]
            ).count > 0
        }
    }

    private func change(
        _ id: APIKeyID, _ action: String, _ audit: AuditOrigin,
        _ body: @Sendable (PostgresSession) throws -> Bool
    ) async throws -> Bool {
        try await database.transaction { session in
            try session.execute("SELECT FROM api_key WHERE public_id = $1 FOR UPDATE", [.text(id.description)])
            guard let before = try Self.key(id, on: session), try body(session),
                let after = try Self.key(id, on: session)
            else { return false }
            try AuditEntry(
                action, after.shown, by: audit, tenant: after.tenant, before: before.audited, after: after.audited
            ).store(on: session)
            try session.execute("NOTIFY herald_configuration")
            return true
        }
    }

    // MARK: For those who check keys

    /// The public names of all keys; who has one that ended is told so.
    package func knownIDs() async throws -> Set<APIKeyID> {
        try await database.run { session in
            let rows = try session.query("SELECT public_id FROM api_key")
            return Set(try rows.map { try $0.text("public_id") }.compactMap { APIKeyID($0) })
        }
    }

    package func record(_ id: APIKeyID) async throws -> KeyRecord? {
        try await database.run { session in
            try session.query(KeyRecord.selection + " WHERE k.public_id = $1", [.text(id.description)])
                .first.map { try KeyRecord(row: $0) }
        }
    }

    /// Writes down when keys were used; nothing where somebody did so within the minute.
    package func noteUse(_ uses: [Int64: Timestamp]) async throws {
        guard !uses.isEmpty else { return }
        // In order, so that two processes never wait for each other in a circle.
        let uses = uses.sorted { $0.key < $1.key }
        try await database.transaction { session in
            try session.execute(
                """
                WITH u AS (
                    SELECT id, timestamptz 'epoch' + interval '1 microsecond' * micros AS at
                      FROM unnest($1, $2) AS n(id, micros)
                ), k AS (
                    SELECT k.id, u.at FROM api_key k JOIN u ON u.id = k.id
                     WHERE k.last_used_at IS NULL OR k.last_used_at <= u.at - interval '1 minute'
                     ORDER BY k.id FOR UPDATE OF k
                )
                UPDATE api_key SET last_used_at = k.at FROM k WHERE k.id = api_key.id
                """, [.intArray(uses.map(\.key)), .intArray(uses.map(\.value.micros))])
        }
    }
}

extension APIKey {
    /// For the audit: what can be said of it.
    var audited: JSON {
        [
            "source": .string(sourceName), "test": .bool(isTest), "scopes": .array(scopes.map { .string($0) }),
            "networks": .array(networks.map { .string($0) }),
            "expires_at": expiresAt.map { .string($0.description) } ?? .null,
            "revoked_at": revokedAt.map { .string($0.description) } ?? .null,
            "former_until": formerUntil.map { .string($0.description) } ?? .null,
        ]
    }
}
