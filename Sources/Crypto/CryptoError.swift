/// Why a key or a signature could not be used. Never holds any part of the key.
package enum CryptoError: Error, Hashable, CustomStringConvertible {
    case unreadableKey
    case wrongKeyKind(wanted: KeyKind)
    /// OpenSSL gave up on a key that it had read; it has no memory, or its configuration forbids the algorithm.
    case signingFailed
    case certificateFailed
    case unwritable(path: String)

    package var description: String {
        switch self {
        case .unreadableKey:
            "The key cannot be read: give it as PEM (\"-----BEGIN …\"), not locked by a passphrase."
        case .wrongKeyKind(let wanted):
            "The key is of another kind: \(wanted.words) is needed."
        case .signingFailed:
            "OpenSSL could not sign with this key."
        case .certificateFailed:
            "OpenSSL could not make a certificate: its configuration forbids it, or there is no memory."
        case .unwritable(let path):
            "\(path) cannot be written: check that the folder is there and that this user may write to it."
        }
    }
}

/// The kinds of keys that the vendors' protocols use.
package enum KeyKind: Sendable, Hashable {
    case rsa
    /// The NIST curve P-256, for ES256.
    case p256
    case ed25519

    var words: String {
        switch self {
        case .rsa: "an RSA key"
        case .p256: "an elliptic key on the curve P-256"
        case .ed25519: "an Ed25519 key"
        }
    }
}
