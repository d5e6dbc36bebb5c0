import Domain

/// Provider accounts and prices: through whom, and for how much.
package struct ProviderStore: Sendable {
    let database: Database
    let keys: KeyRing

    package init(database: Database, keys: KeyRing) {
        self.database = database
        self.keys = keys
    }

    // MARK: Providers

    package func addProvider(
        name: String, kind: String, tenant: Int64?, settings: String, audit: AuditOrigin? = nil
    ) async throws {
        let sealed = keys.seal(Array(settings.utf8), context: "provider settings")
        try await database.transaction { session in
            try session.execute(
                "INSERT INTO provider (name, kind, tenant, sealed_settings) VALUES ($1, $2, $3, $4)",
                [.text(name), .text(kind), .optional(tenant), .bytes(sealed)])
            try (audit ?? database.origin).map {
                AuditEntry("provider.add", name, by: $0, tenant: tenant, after: ["kind": .string(kind)])
            }?.store(on: session)
            try session.execute("NOTIFY herald_configuration")
        }
    }

    /// Changes the settings of an account as they are now: of two that change at once none undoes the other's work.
    /// False where there is no such account any more.
    package func changeSettings(_ id: Int64, _ change: @escaping @Sendable (String) throws -> String) async throws
        -> Bool
    {
        try await database.transaction { [keys] session in
            let rows = try session.query(
                "SELECT sealed_settings FROM provider WHERE id = $1 AND removed_at IS NULL FOR UPDATE", [.int(id)])
            guard let row = rows.first else { return false }
            let old = try keys.open(try row.bytes("sealed_settings"), context: "provider settings")
            let settings = try change(String(decoding: old, as: UTF8.self))
            try session.execute(
                "UPDATE provider SET sealed_settings = $2 WHERE id = $1",
                [.int(id), .bytes(keys.seal(Array(settings.utf8), context: "provider settings"))])
            try session.execute("NOTIFY herald_configuration")
            return true
        }
    }

    /// The numbers of those that whoever asks may see.
    package func ids() async throws -> Set<Int64> {
        try await database.run { session in
            Set(try session.query("SELECT id FROM provider WHERE removed_at IS NULL").map { try $0.int("id") })
        }
    }

    package func providers() async throws -> [ProviderAccount] {
        let rows = try await database.run { session in
            try session.query("SELECT * FROM provider WHERE removed_at IS NULL ORDER BY name").map { row in
                (
                    try row.int("id"), try row.text("name"), try row.text("kind"), try row.optionalInt("tenant"),
                    try row.bytes("sealed_settings"), try row.optionalTime("out_since")
                )
            }
        }
        return try rows.map { id, name, kind, tenant, sealed, outSince in
            let settings = try keys.open(sealed, context: "provider settings")
            return ProviderAccount(
                id: id, name: name, kind: kind, tenant: tenant, settings: String(decoding: settings, as: UTF8.self),
                outSince: outSince)
        }
    }

    /// Takes a provider out of use while traffic runs, or back in. False where that changes nothing.
    package func take(_ id: Int64, out isOut: Bool, audit: AuditOrigin? = nil) async throws -> Bool {
        try await database.transaction { session in
            let changed = try session.query(
                """
                UPDATE provider SET out_since = CASE WHEN $2 THEN now() END
                 WHERE id = $1 AND (out_since IS NOT NULL) <> $2 RETURNING name, tenant
                """, [.int(id), .bool(isOut)])
            guard let row = changed.first else { return false }
            if let audit = audit ?? database.origin {
                try AuditEntry(
                    isOut ? "provider.take_out" : "provider.take_in", try row.text("name"), by: audit,
                    tenant: try row.optionalInt("tenant")
                ).store(on: session)
            }
            try session.execute("NOTIFY herald_configuration")
            return true
        }
    }

    /// Refused while a route names it. What the sender table said of it goes with it.
    package func removeProvider(_ id: Int64, audit: AuditOrigin? = nil) async throws -> Bool {
        try await database.transaction { session in
            let removed = try session.query(
                """
                UPDATE provider SET removed_at = now() WHERE id = $1 AND removed_at IS NULL
                AND NOT EXISTS (SELECT FROM route WHERE $1 = ANY (providers)) RETURNING name, tenant
                """, [.int(id)])
            guard let row = removed.first else { return false }
            try session.execute("DELETE FROM sender WHERE provider = $1", [.int(id)])
            if let audit = audit ?? database.origin {
                try AuditEntry(
                    "provider.remove", try row.text("name"), by: audit, tenant: try row.optionalInt("tenant")
                ).store(on: session)
            }
            try session.execute("NOTIFY herald_configuration")
            return true
        }
    }

    // MARK: Prices

    /// Sets a price, or replaces the one that began on the same day. What was booked by another stays as it is.
    @discardableResult package func addPrice(
        provider: Int64, channel: Channel, prefix: String, segments: Int = 1, after volume: Int64 = 0, micros: Int64,
        currency: Currency,
        from: CivilDate?, to: CivilDate?
    ) async throws -> Bool {
        try await database.transaction { session in
            let line: [PostgresValue] = [
                .int(provider), .number(channel.code), .text(prefix), .number(segments), .optional(from?.description),
                .optional(to?.description), .int(volume),
            ]
            // Of two that come at once the second sees the first.
            try session.execute("SELECT FROM provider WHERE id = $1 FOR NO KEY UPDATE", [.int(provider)])
            let other = try session.query(
                """
                SELECT id, valid_from::text AS valid_from, valid_to::text AS valid_to FROM price
                 WHERE provider = $1 AND channel = $2 AND prefix = $3 AND segments_from = $4 AND volume_after = $7
                   AND valid_from <> coalesce($5::text::date, '1970-01-01')
                   AND (valid_to IS NOT NULL AND valid_from < coalesce($5::text::date, '1970-01-01') AND valid_to > coalesce($5::text::date, '1970-01-01')
                        OR $6::text::date IS NOT NULL AND valid_from > coalesce($5::text::date, '1970-01-01') AND valid_from < $6::text::date)
                 ORDER BY valid_from LIMIT 1
                """, line
            ).first
            if let other {
                throw PriceOverlap(
                    id: try other.int("id"), from: try other.text("valid_from"), to: try other.optionalText("valid_to"))
            }
            if volume > 0 {
                let first = try session.query(
                    """
                    SELECT FROM price WHERE provider = $1 AND channel = $2 AND prefix = $3 AND segments_from = 1 AND volume_after = 0
                       AND valid_from = coalesce($4::text::date, '1970-01-01') AND currency = $5
                    """,
                    [
                        .int(provider), .number(channel.code), .text(prefix), .optional(from?.description),
                        .text(currency.code),
                    ])
                guard first.count > 0 else { throw TierWithoutPrice() }
            }
            let isNew =
                try session.query(
                    """
                    INSERT INTO price AS p (provider, channel, prefix, segments_from, valid_from, valid_to, volume_after, micros, currency)
                    VALUES ($1, $2, $3, $4, coalesce($5::text::date, '1970-01-01'), $6::text::date, $7, $8, $9)
                    ON CONFLICT (provider, channel, prefix, segments_from, volume_after, valid_from)
                    DO UPDATE SET micros = excluded.micros, currency = excluded.currency, valid_to = excluded.valid_to
                     WHERE (p.micros, p.currency, p.valid_to) IS DISTINCT FROM (excluded.micros, excluded.currency, excluded.valid_to)
                    RETURNING id
                    """, line + [.int(micros), .text(currency.code)]
                ).count > 0
            if isNew { try session.execute("NOTIFY herald_configuration") }
            return isNew
        }
    }

    package func prices() async throws -> [Price] {
        try await database.run { session in
            try session.query(
                """
                SELECT price.*, p.name AS provider_name, valid_from::text AS valid_from_text, valid_to::text AS valid_to_text
                FROM price JOIN provider p ON p.id = price.provider ORDER BY p.name, channel, prefix, segments_from, valid_from, volume_after
                """
            ).map { try Price(row: $0) }
        }
    }

    package func removePrice(_ id: Int64) async throws -> Bool {
        try await database.transaction { session in
            let removed = try session.query("DELETE FROM price WHERE id = $1 RETURNING id", [.int(id)]).count > 0
            try session.execute("NOTIFY herald_configuration")
            return removed
        }
    }
}

/// Another price for the same holds on some of the same days, and one of the two says so with its end.
package struct PriceOverlap: Error, Sendable, Hashable, CustomStringConvertible {
    package let id: Int64
    package let from: String
    package let to: String?

    package var description: String {
        let start = from == "1970-01-01" ? "the beginning" : from
        let end = to.map { "before \($0)" } ?? "the next one"
        return "Price \(id) for the same holds from \(start) to \(end): the two overlap. "
            + "Let one end where the other begins, or `herald price remove \(id)`."
    }
}

/// A tier has no price that it follows.
package struct TierWithoutPrice: Error, Sendable, Hashable, CustomStringConvertible {
    package let description =
        "A tier follows the price of the first units, with the same first day and currency: add that first, without --after."
}
