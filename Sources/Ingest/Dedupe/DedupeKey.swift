/// What makes two rows the same, so that only the first is sent to.
package enum DedupeKey: String, Sendable, Hashable, CaseIterable {
    /// The normal form of the address.
    case address
    /// The external id; where it is blank, the address.
    case externalID = "external-id"
    /// The address and every cell.
    case row
    case none
}
