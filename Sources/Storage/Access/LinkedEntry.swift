import Domain

/// An entry with its place in the chain, by which it can be held against an anchor.
package struct LinkedEntry: Sendable {
    package let seq: Int64
    package let hash: [UInt8]
    package let entry: AuditStore.Stored
}

extension AuditStore {
    /// What evidence is about.
    package struct Subjects: Sendable {
        package let templates: [String]
        package let campaigns: [String]
        package let sources: [String]

        package init(templates: [String], campaigns: [String], sources: [String]) {
            self.templates = templates
            self.campaigns = campaigns
            self.sources = sources
        }
    }

    /// What was done to these templates, campaigns, sources and the sources' keys, in the order of the chain.
    package func linked(tenant: Int64, about subjects: Subjects) async throws -> [LinkedEntry] {
        try await database.run { session in
            try session.query(
                """
                SELECT k.seq, k.hash, \(Stored.columns) FROM admin_audit a JOIN audit_link k ON k.entry = a.id
                 WHERE a.tenant = $1
                   AND (starts_with(a.action, 'template.') AND a.subject = ANY ($2)
                        OR starts_with(a.action, 'campaign.') AND a.subject = ANY ($3)
                        OR starts_with(a.action, 'source.') AND a.subject = ANY ($4)
                        OR starts_with(a.action, 'key.') AND coalesce(a.after, a.before)->>'source' = ANY ($4)
                        OR a.action = 'tenant.approval')
                 ORDER BY k.seq
                """,
                [
                    .int(tenant), .textArray(subjects.templates), .textArray(subjects.campaigns),
                    .textArray(subjects.sources),
                ]
            ).map { row in
                LinkedEntry(seq: try row.int("seq"), hash: try row.bytes("hash"), entry: try Stored(row: row))
            }
        }
    }
}
