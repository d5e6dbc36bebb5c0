import Domain

/// One step of a route; a route's steps come in their order of trial.
package struct RouteEntry: Sendable, Hashable {
    package let route: Int64
    package let tenant: Int64?
    package let tenantName: String?
    package let channel: Channel
    package let provider: Int64
    package let providerName: String

    init(row: PostgresRow) throws(StorageError) {
        route = try row.int("id")
        tenant = try row.optionalInt("tenant")
        tenantName = try row.optionalText("tenant_name")
        guard let channel = Channel(code: try row.int("channel")) else { throw .malformed("route channel") }
        self.channel = channel
        provider = try row.int("provider")
        providerName = try row.text("provider_name")
    }
}
