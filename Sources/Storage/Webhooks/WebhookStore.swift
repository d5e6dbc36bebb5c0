import Domain

/// The endpoints that want to be told. Secrets come in and go out sealed. Every change tells the processes, which
/// know of each campaign whether anybody listens.
package struct WebhookStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    /// So that one event is never a thousand deliveries.
    package static let mostPerTenant = 50

    package struct Draft: Sendable {
        package var tenant: Int64
        package var source: Int64?
        package var url: String
        package var kinds: WebhookKinds
        package var label = ""
        package var sealedSecret: [UInt8]

        package init(tenant: Int64, source: Int64?, url: String, kinds: WebhookKinds, sealedSecret: [UInt8]) {
            self.tenant = tenant
            self.source = source
            self.url = url
            self.kinds = kinds
            self.sealedSecret = sealedSecret
        }
    }

    /// Nil where the tenant has as many as it may have.
    package func add(_ draft: Draft, audit: AuditOrigin) async throws -> WebhookEndpoint? {
        try await database.transaction { session in
            // Two at once must not both think that there is room.
            try session.execute(
                "SELECT pg_advisory_xact_lock(hashtext('herald webhooks'), $1::int)", [.int(draft.tenant)])
            let count = try session.query(
                "SELECT count(*) AS count FROM webhook_endpoint WHERE tenant = $1", [.int(draft.tenant)])[0].int(
                    "count")
            guard count < Self.mostPerTenant else { return nil }
            let id = try session.query(
                """
                INSERT INTO webhook_endpoint (tenant, source, url, events, label, secret)
                VALUES ($1, $2::bigint, $3, $4::int, $5, $6) RETURNING id
                """,
                [
                    .int(draft.tenant), .optional(draft.source), .text(draft.url), .int(Int64(draft.kinds.mask)),
                    .text(draft.label), .bytes(draft.sealedSecret),
                ])[0].int("id")
            guard let made = try Self.endpoint(id, on: session) else { throw StorageError.malformed("no endpoint") }
            try AuditEntry("webhook.add", String(id), by: audit, tenant: draft.tenant, after: made.audited)
                .store(on: session)
            try session.execute("NOTIFY herald_configuration")
            return made
        }
    }

    /// Of one tenant or all, of one source or all; the oldest first.
    package func endpoints(tenant: Int64? = nil, source: Int64? = nil) async throws -> [WebhookEndpoint] {
        try await database.run { session in
            try session.query(
                WebhookEndpoint.selection + """
                     WHERE ($1::bigint IS NULL OR e.tenant = $1) AND ($2::bigint IS NULL OR e.source = $2) ORDER BY e.id
                    """, [.optional(tenant), .optional(source)]
            ).map { try WebhookEndpoint(row: $0) }
        }
    }

    package func endpoint(_ id: Int64) async throws -> WebhookEndpoint? {
        try await database.run { try Self.endpoint(id, on: $0) }
    }

    private static func endpoint(_ id: Int64, on session: PostgresSession) throws -> WebhookEndpoint? {
        try session.query(WebhookEndpoint.selection + " WHERE e.id = $1", [.int(id)]).first
            .map { try WebhookEndpoint(row: $0) }
    }

    /// The secrets that sign now, sealed; the one before last.
    package func secrets(of id: Int64) async throws -> [[UInt8]] {
        try await database.run { session in
            try session.query(
                """
                SELECT secret, CASE WHEN former_until > clock_timestamp() THEN former_secret END AS former_secret
                  FROM webhook_endpoint WHERE id = $1
                """, [.int(id)]
            ).first.map { [try $0.bytes("secret")] + (try $0.optionalBytes("former_secret").map { [$0] } ?? []) } ?? []
        }
    }

    /// With what waits for it.
    package func remove(_ id: Int64, audit: AuditOrigin) async throws -> Bool {
        try await change(id, "webhook.remove", audit) { session in
            try session.execute("DELETE FROM webhook_endpoint WHERE id = $1", [.int(id)])
            try session.execute("DELETE FROM webhook_delivery WHERE endpoint = $1", [.int(id)])
        }
    }

    /// A new secret; the last one signs beside it for a while, and one before that no longer.
    package func rotate(_ id: Int64, sealedSecret: [UInt8], overlap: Duration, audit: AuditOrigin) async throws -> Bool
    {
        try await change(id, "webhook.rotate", audit) { session in
            try session.execute(
                """
                UPDATE webhook_endpoint SET former_secret = secret, secret = $2,
                       former_until = clock_timestamp() + interval '1 microsecond' * $3 WHERE id = $1
                """, [.int(id), .bytes(sealedSecret), .int(overlap.wholeMicroseconds)])
        }
    }

    /// Begins anew, with what waited since it was disabled; also for one that rests because it failed.
    package func enable(_ id: Int64, audit: AuditOrigin) async throws -> Bool {
        try await change(id, "webhook.enable", audit) { session in
            try session.execute(
                """
                UPDATE webhook_endpoint SET state = 'active', disabled_at = NULL, failing_since = NULL, failures = 0,
                       rest_until = '-infinity', note = '' WHERE id = $1
                """, [.int(id)])
            try session.execute(
                """
                UPDATE webhook_delivery SET due_at = clock_timestamp()
                 WHERE endpoint = $1 AND state = 'waiting' AND due_at > clock_timestamp() + interval '1 minute'
                """, [.int(id)])
        }
    }

    /// False where there is none such any more.
    private func change(
        _ id: Int64, _ action: String, _ audit: AuditOrigin, _ body: @Sendable (PostgresSession) throws -> Void
    ) async throws -> Bool {
        try await database.transaction { session in
            try session.execute("SELECT FROM webhook_endpoint WHERE id = $1 FOR UPDATE", [.int(id)])
            guard let before = try Self.endpoint(id, on: session) else { return false }
            try body(session)
            let after = try Self.endpoint(id, on: session)
            try AuditEntry(
                action, String(id), by: audit, tenant: before.tenant, before: before.audited, after: after?.audited
            ).store(on: session)
            try session.execute("NOTIFY herald_configuration")
            return true
        }
    }
}
