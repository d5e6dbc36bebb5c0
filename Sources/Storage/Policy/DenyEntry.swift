import Domain

/// One entry of the deny list as it is stored.
package struct DenyEntry: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case address
        case prefix
        case country
        case domain
    }

    package let id: Int64
    /// Nil: for every tenant.
    package let tenant: Int64?
    package let kind: Kind
    /// A single address only as the hex of its hash.
    package let value: String
    package let note: String
    package let at: Timestamp

    init(row: PostgresRow) throws(StorageError) {
        id = try row.int("id")
        tenant = try row.optionalInt("tenant")
        guard let kind = Kind(rawValue: try row.text("kind")) else { throw .malformed("deny kind") }
        self.kind = kind
        value = try row.text("value")
        note = try row.text("note")
        at = try row.time("at")
    }
}
