import Domain

/// What a column is for.
package enum ColumnRole: String, Sendable, Hashable, CaseIterable {
    case address
    case locale
    case timeZone = "timezone"
    case externalID = "external_id"
    case variant
    case orderingKey = "ordering_key"
    /// Personalisation: templates use it by its name.
    case data
    /// Ours (a rejects file sent again) or without a name; not stored.
    case ignored

    /// The roles that one column at most can have, in the order in which they choose.
    static let single: [ColumnRole] = [.address, .locale, .timeZone, .externalID, .variant, .orderingKey]

    /// The role that `--map WORD=COLUMN` means, or nil where WORD is a name for a personalisation column.
    package init?(word: String) {
        switch HeaderName.key(word) {
        case "address", "to", "recipient", "phone", "mobile", "msisdn", "email", "token", "pushtoken", "devicetoken":
            self = .address
        case "locale", "language", "lang": self = .locale
        case "timezone", "tz", "zone": self = .timeZone
        case "externalid", "id": self = .externalID
        case "variant": self = .variant
        case "orderingkey": self = .orderingKey
        default: return nil
        }
    }

    /// What users call the role in `--map` and in messages.
    package func word(for kind: AddressKind) -> String {
        guard self == .address else { return rawValue }
        return switch kind {
        case .phone: "phone"
        case .email: "email"
        case .pushToken: "token"
        case .opaque: "address"
        }
    }
}
