import Domain

/// What a column is for.
package enum ColumnRole: String, Sendable, Hashable, CaseIterable {
    case address
    /// Further addresses, for channels that may follow or be chosen instead.
    case phone
    case email
    case token
    case chat
    case inapp
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
    static let single: [ColumnRole] = [
        .address, .phone, .email, .token, .chat, .inapp, .locale, .timeZone, .externalID, .variant, .orderingKey,
    ]

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

    /// The same where further addresses are wanted: their words then mean them.
    init?(word: String, further: [AddressField]) {
        let key = HeaderName.key(word)
        let role: ColumnRole? =
            switch key {
            case "phone", "mobile", "msisdn": .phone
            case "email": .email
            case "token", "pushtoken", "devicetoken": .token
            case "chat": .chat
            case "inapp": .inapp
            default: nil
            }
        if let role, let field = role.field, further.contains(field) {
            self = role
        } else {
            self.init(word: word)
        }
    }

    /// Which further address it holds.
    var field: AddressField? {
        switch self {
        case .phone: .phone
        case .email: .email
        case .token: .push
        case .chat: .chat
        case .inapp: .inapp
        default: nil
        }
    }

    static func further(_ field: AddressField) -> ColumnRole {
        switch field {
        case .phone: .phone
        case .email: .email
        case .push: .token
        case .chat: .chat
        case .inapp: .inapp
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
