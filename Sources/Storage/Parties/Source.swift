import Domain

/// A system of a tenant that sends: a shop, a billing run, a person's uploads.
package struct Source: Sendable, Hashable {
    package let id: Int64
    package let name: String
    package let tenant: Int64
    package let tenantName: String
    /// Whom finance charges what it sends to; empty where nobody said.
    package let costCentre: String
    /// While it is paused.
    package let pause: SourcePause?

    init(row: PostgresRow) throws(StorageError) {
        id = try row.int("id")
        name = try row.text("name")
        tenant = try row.int("tenant")
        tenantName = try row.text("tenant_name")
        costCentre = try row.text("cost_centre")
        pause = try SourcePause(row: row)
    }
}
