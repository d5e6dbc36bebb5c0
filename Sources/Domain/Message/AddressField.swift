/// Which of a person's addresses. Channels that share one have the same: the number for SMS is that for WhatsApp and calls.
/// Never renumbered: an address in the ledger is sealed under its message's number and this one, because two texts
/// must not be sealed under the same.
package enum AddressField: UInt8, Sendable, Hashable, CaseIterable {
    case phone = 0
    case email = 1
    case push = 2
    case chat = 3
    case inapp = 4

    /// What it must look like.
    package var kind: AddressKind {
        switch self {
        case .phone: .phone
        case .email: .email
        case .push: .pushToken
        case .chat, .inapp: .opaque
        }
    }
}

extension Channel {
    /// The address that the channel uses.
    package var addressField: AddressField {
        switch self {
        case .sms, .whatsapp, .voice: .phone
        case .email: .email
        case .push: .push
        case .chat: .chat
        case .inapp: .inapp
        }
    }

    /// The form of address that this channel needs.
    package var addressKind: AddressKind { addressField.kind }
}
