import Domain

/// What sources may send, and how much. Every change tells the processes.
package struct SourceRuleStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    /// A permitted use with its number.
    package struct StoredUse: Sendable, Hashable {
        package let id: Int64
        package let source: Int64
        package let use: PermittedUse
    }

    // MARK: Permitted uses

    package func uses(source: Int64? = nil) async throws -> [StoredUse] {
        try await database.run { session in
            try session.query(
                """
                SELECT id, source, to_json(u) AS use FROM permitted_use u
                 WHERE $1::bigint IS NULL OR source = $1 ORDER BY source, id
                """, [.optional(source)]
            ).map { row in
                StoredUse(
                    id: try row.int("id"), source: try row.int("source"),
                    use: try PermittedUse(json: try JSON.parse(try row.text("use"))))
            }
        }
    }

    /// Nil where the same is permitted already.
    package func permit(_ use: PermittedUse, to source: Source, audit: AuditOrigin) async throws -> Int64? {
        try await database.transaction { session in
            let added = try session.query(
                """
                INSERT INTO permitted_use (tenant, source, categories, channels, priorities, templates, countries, allows_raw)
                VALUES ($1, $2, $3::bigint[]::smallint[], $4::bigint[]::smallint[], $5::bigint[]::smallint[], $6, $7, $8)
                ON CONFLICT DO NOTHING RETURNING id
                """,
                [
                    .int(source.tenant), .int(source.id), .intArray(use.categories.map { Int64($0.code) }.sorted()),
                    .intArray(use.channels.map { Int64($0.code) }.sorted()),
                    .intArray(use.priorities.map { Int64($0.rawValue) }.sorted()), .textArray(use.templates.sorted()),
                    .textArray(use.countries.map(\.code).sorted()), .bool(use.allowsRaw),
                ]
            ).first?.int("id")
            guard let added else { return nil }
            try AuditEntry("source.permit", source.name, by: audit, tenant: source.tenant, after: use.json)
                .store(on: session)
            try session.execute("NOTIFY herald_configuration")
            return added
        }
    }

    /// False where the source has no such use. The last one of a source goes only where `mayOpen` says so: without
    /// any, the scopes of its keys decide alone.
    package func forbid(_ id: Int64, of source: Source, mayOpen: Bool, audit: AuditOrigin) async throws -> Forbidding {
        try await database.transaction { session in
            // Two at once must not both think that another use is left.
            try session.execute("SELECT FROM source WHERE id = $1 FOR UPDATE", [.int(source.id)])
            let rows = try session.query(
                "SELECT id, to_json(u) AS use FROM permitted_use u WHERE source = $1", [.int(source.id)])
            let uses = try rows.map { (try $0.int("id"), try $0.text("use")) }
            guard let old = uses.first(where: { $0.0 == id }) else { return .unknown }
            guard uses.count > 1 || mayOpen else { return .wouldOpen }
            try session.execute("DELETE FROM permitted_use WHERE id = $1", [.int(id)])
            let use = try PermittedUse(json: try JSON.parse(old.1))
            try AuditEntry("source.forbid", source.name, by: audit, tenant: source.tenant, before: use.json)
                .store(on: session)
            try session.execute("NOTIFY herald_configuration")
            return .done
        }
    }

    package enum Forbidding: Sendable, Hashable {
        case done, unknown
        /// It is the last one.
        case wouldOpen
    }

    // MARK: Limits

    package func limits() async throws -> [Int64: SourceLimits] {
        try await database.run { session in
            let rows = try session.query("SELECT l.source, \(SourceLimits.columns) FROM source_limit l")
            return Dictionary(
                try rows.map { (try $0.int("source"), try SourceLimits(row: $0)) },
                uniquingKeysWith: { first, _ in first })
        }
    }

    /// What is nil is not limited any more.
    package func setLimits(_ limits: SourceLimits, of source: Source, audit: AuditOrigin) async throws {
        try await database.transaction { session in
            let before = try session.query(
                "SELECT \(SourceLimits.columns) FROM source_limit l WHERE l.source = $1 FOR UPDATE", [.int(source.id)]
            ).first.map { try SourceLimits(row: $0) }
            if limits.isEmpty {
                try session.execute("DELETE FROM source_limit WHERE source = $1", [.int(source.id)])
            } else {
                try session.execute(
                    """
                    INSERT INTO source_limit VALUES ($1, $2, $3::bigint, $4::bigint, $5::bigint, $6::bigint, $7::bigint, $8::bigint, $9::bigint)
                    ON CONFLICT (source) DO UPDATE SET rate = excluded.rate, burst = excluded.burst,
                        critical_rate = excluded.critical_rate, critical_burst = excluded.critical_burst,
                        per_hour = excluded.per_hour, per_day = excluded.per_day, per_month = excluded.per_month
                    """, [.int(source.id), .int(source.tenant)] + limits.values)
            }
            guard before ?? SourceLimits() != limits else { return }
            try AuditEntry(
                "source.limit", source.name, by: audit, tenant: source.tenant, before: before?.json, after: limits.json
            ).store(on: session)
            try session.execute("NOTIFY herald_configuration")
        }
    }
}
