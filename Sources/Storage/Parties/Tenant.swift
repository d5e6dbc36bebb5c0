import Domain

/// One customer of this installation; everything else belongs to one.
package struct Tenant: Sendable, Hashable {
    /// How the tenants share a busy machine.
    package enum Tier: String, Sendable, CaseIterable {
        case enterprise
        case paid
        case free
    }

    package let id: Int64
    package let name: String
    package let tier: Tier
    /// For numbers written without their country.
    package let region: Region
    package let timeZone: String
    /// Its templates are sent only once somebody has approved them.
    package let requiresApproval: Bool

    init(row: PostgresRow) throws(StorageError) {
        id = try row.int("id")
        name = try row.text("name")
        tier = Tier(rawValue: try row.text("tier")) ?? .paid
        region = Region(try row.text("region")) ?? .none
        timeZone = try row.text("time_zone")
        requiresApproval = try row.bool("requires_approval")
    }
}
