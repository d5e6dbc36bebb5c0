import Domain

/// Why somebody must not be sent to.
package enum SuppressionReason: String, Sendable, Hashable, CaseIterable {
    /// Asked not to get marketing; everything else still reaches them.
    case optout
    case bounce
    case complaint
}

/// One recorded suppression.
package struct Suppression: Sendable, Hashable {
    /// Nil: every channel that the address serves.
    package let channel: Channel?
    package let reason: SuppressionReason
    package let origin: String
    package let at: Timestamp

    init(row: PostgresRow) throws(StorageError) {
        channel = Channel(code: try row.int("channel"))
        reason = SuppressionReason(rawValue: try row.text("reason")) ?? .optout
        origin = try row.text("origin")
        at = try row.time("at")
    }
}
