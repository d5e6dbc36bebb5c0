import Domain
import Storage

/// What the database holds of one tenant, as a digest for each table: whatever changes of it is seen.
struct TenantImage: Equatable {
    let tables: [String: String]

    /// Tables that differ.
    func differences(from other: TenantImage) -> [String] {
        Set(tables.keys).union(other.tables.keys).filter { tables[$0] != other.tables[$0] }.sorted()
    }

    static func take(_ tenant: Int64, _ database: Database) async throws -> TenantImage {
        try await database.run { session in
            let tables = try session.query(
                """
                SELECT c.relname::text AS name, (SELECT min(a.attname::text) FROM pg_attribute a WHERE a.attrelid = c.oid
                       AND NOT a.attisdropped AND a.attname = 'tenant') AS own,
                       (SELECT min(a.attname::text) FROM pg_attribute a WHERE a.attrelid = c.oid
                       AND NOT a.attisdropped AND a.attname IN ('campaign', 'source', 'provider', 'route')) AS by
                  FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
                   AND c.relnamespace = 'public'::regnamespace
                """
            ).map { (try $0.text("name"), try $0.optionalText("own"), try $0.optionalText("by")) }
            var digests: [String: String] = [:]
            for (name, own, by) in tables {
                let condition: String
                if own != nil {
                    condition = "t.tenant = \(tenant)"
                } else if let by {
                    condition = "t.\(by) IN (SELECT id FROM \(by) WHERE tenant = \(tenant))"
                } else {
                    continue
                }
                digests[name] = try session.query(
                    """
                    SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS d
                      FROM \(name) t WHERE \(condition)
                    """)[0].text("d")
            }
            return TenantImage(tables: digests)
        }
    }
}
