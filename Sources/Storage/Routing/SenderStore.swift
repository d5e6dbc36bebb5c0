import Domain

/// What is shown as the sender of messages, by tenant, channel, country and provider.
package struct SenderStore: Sendable {
    /// With the names that people know its parts by.
    package struct Stored: Sendable, Hashable {
        package let sender: SenderIdentity
        package let tenantName: String?
        package let providerName: String?
    }

    let database: Database

    package init(database: Database) { self.database = database }

    package func senders() async throws -> [Stored] {
        try await database.run { session in
            try session.query(
                """
                SELECT s.*, t.name AS tenant_name, p.name AS provider_name FROM sender s
                LEFT JOIN tenant t ON t.id = s.tenant LEFT JOIN provider p ON p.id = s.provider ORDER BY s.id
                """
            ).map { row in
                guard let channel = Channel(code: try row.int("channel")) else {
                    throw StorageError.malformed("sender channel")
                }
                let sender = SenderIdentity(
                    id: try row.int("id"), tenant: try row.optionalInt("tenant"), channel: channel,
                    country: Region(try row.text("country")) ?? .none, provider: try row.optionalInt("provider"),
                    value: try row.text("value"))
                return Stored(
                    sender: sender, tenantName: try row.optionalText("tenant_name"),
                    providerName: try row.optionalText("provider_name"))
            }
        }
    }

    /// One that fits exactly the same messages is replaced. Returns its number.
    package func store(_ sender: SenderIdentity) async throws -> Int64 {
        try await database.transaction { session in
            let id = try session.query(
                """
                INSERT INTO sender (tenant, channel, country, provider, value) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (coalesce(tenant, 0), channel, country, coalesce(provider, 0))
                DO UPDATE SET value = excluded.value RETURNING id
                """,
                [
                    .optional(sender.tenant), .number(sender.channel.code), .text(sender.country.code),
                    .optional(sender.provider), .text(sender.value),
                ])[0].int("id")
            try session.execute("NOTIFY herald_configuration")
            return id
        }
    }

    package func remove(_ id: Int64) async throws -> Bool {
        try await database.transaction { session in
            let removed = try session.query("DELETE FROM sender WHERE id = $1 RETURNING id", [.int(id)]).count > 0
            try session.execute("NOTIFY herald_configuration")
            return removed
        }
    }
}
