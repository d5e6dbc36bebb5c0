import Domain
import Storage

/// What came of a look at a key.
package enum AccessVerdict: Sendable {
    case caller(Caller)
    case refused(AccessFault)
    /// Refused, and the address has guessed too often: it may try again after this.
    case slowed(Duration)
}

/// Why a key was refused. What its owner alone may know is said only to who has the secret.
package enum AccessFault: String, Sendable, Hashable {
    /// It has not the form of a key.
    case malformed
    /// Its checksum is wrong: cut off, or mistyped.
    case mistyped
    /// No such key, or another secret.
    case unknown
    case expired
    case revoked
    /// The key is right, and the address is in none of its networks.
    case foreignNetwork

    /// Whether it may have been a guess.
    var isGuess: Bool {
        switch self {
        case .malformed, .mistyped, .unknown: true
        case .expired, .revoked, .foreignNetwork: false
        }
    }

    package var text: String {
        switch self {
        case .malformed: "This is no API key; one begins with hk_live_ or hk_test_."
        case .mistyped: "The API key was cut off or mistyped: its last characters don't fit what stands before them."
        case .unknown: "There is no such API key."
        case .expired: "The API key has expired; `herald key add` makes a new one."
        case .revoked: "The API key was revoked."
        case .foreignNetwork: "The API key may not be used from this address."
        }
    }
}
