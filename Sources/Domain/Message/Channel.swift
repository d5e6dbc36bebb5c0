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
}

/// What an address must look like to be usable on a channel.
package enum AddressKind: Sendable, Hashable {
    case phone
    case email
    case pushToken
    /// A user id or a webhook name: any non-empty text without control characters.
    case opaque
}
