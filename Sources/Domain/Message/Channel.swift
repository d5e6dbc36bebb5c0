/// A way to reach a person. The raw value is what users type and what the database stores.
package enum Channel: String, Sendable, Hashable, CaseIterable, Codable {
    case sms
    case email
    case push
    case whatsapp
    case voice
    case chat
    case inapp

    /// What the database stores. Never renumbered; 0 means every channel.
    package var code: Int16 {
        switch self {
        case .sms: 1
        case .email: 2
        case .push: 3
        case .whatsapp: 4
        case .voice: 5
        case .chat: 6
        case .inapp: 7
        }
    }

    package init?(code: Int64) {
        guard let match = Self.allCases.first(where: { Int64($0.code) == code }) else { return nil }
        self = match
    }

    /// Which of a person's addresses it uses. Never renumbered: an address in the ledger is sealed under its message's
    /// number and this one, because two texts must not be sealed under the same.
    package var addressField: UInt32 {
        switch self {
        case .sms, .whatsapp, .voice: 0
        case .email: 1
        case .push: 2
        case .chat: 3
        case .inapp: 4
        }
    }

    /// The form of address that this channel needs.
    package var addressKind: AddressKind {
        switch self {
        case .sms, .whatsapp, .voice: .phone
        case .email: .email
        case .push: .pushToken
        case .chat, .inapp: .opaque
        }
    }
}

/// What an address must look like to be usable on a channel.
package enum AddressKind: Sendable, Hashable {
    case phone
    case email
    case pushToken
    /// A user id or a webhook name: any non-empty text without control characters.
    case opaque
}
