import Domain

/// What a hash is made of. Kept apart, so that a phone number never meets an id of the same letters.
package enum HashDomain: UInt8, Sendable {
    case phone = 1
    case email = 2
    case pushToken = 3
    case opaque = 4
    case externalID = 5
    case row = 6

    package init(_ kind: AddressKind) {
        switch kind {
        case .phone: self = .phone
        case .email: self = .email
        case .pushToken: self = .pushToken
        case .opaque: self = .opaque
        }
    }
}

/// The keyed hash under which a tenant's recipients are known. Gives each worker a hasher of its own,
/// because a hasher reuses its context.
package protocol RecipientHashing: Sendable {
    func hasher() throws -> any RecipientHasher
}

/// Used by one worker.
package protocol RecipientHasher: AnyObject {
    func hash(_ domain: HashDomain, _ bytes: Span<UInt8>) -> RecipientHash
}
