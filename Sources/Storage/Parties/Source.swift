import Domain

/// A system of a tenant that sends: a shop, a billing run, a person's uploads.
package struct Source: Sendable, Hashable {
    package let id: Int64
    package let name: String
    package let tenant: Int64
    package let tenantName: String

    init(row: PostgresRow) throws(StorageError) {
        id = try row.int("id")
        name = try row.text("name")
        tenant = try row.int("tenant")
        tenantName = try row.text("tenant_name")
    }
}
