/// A private key, read once and used for any number of signatures, by any number of threads.
package struct SigningKey: Sendable {
    private let key: OpenSSLKey

    /// PKCS #8 or the older forms; not locked by a passphrase.
    package init(pem: String) throws(CryptoError) {
        guard let key = OpenSSLKey(privatePEM: Array(pem.utf8)) else { throw .unreadableKey }
        self.key = key
    }

    /// The bare 32 bytes, as they were drawn.
    package init(rawEd25519 seed: [UInt8]) throws(CryptoError) {
        guard let key = OpenSSLKey(privateEd25519: seed) else { throw .unreadableKey }
        self.key = key
    }

    /// The public half of an Ed25519 key, 32 bytes.
    package func rawPublic() throws(CryptoError) -> [UInt8] {
        guard let bytes = key.rawPublic else { throw .wrongKeyKind(wanted: .ed25519) }
        return bytes
    }

    package var kind: KeyKind { key.kind }
    /// An RSA key's length.
    package var bits: Int { key.bits }

    /// PKCS #1 v1.5, as RS256 and DKIM want it.
    package func rsaSHA256(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
        try require(.rsa)
        return try key.sign(message.span)
    }

    /// For JOSE: r and s, 64 bytes.
    package func es256(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
        try require(.p256)
        guard let bare = EllipticSignature.bare(fromDER: try key.sign(message.span)) else { throw .signingFailed }
        return bare
    }

    package func ed25519(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
        try require(.ed25519)
        return try key.sign(message.span)
    }

    private func require(_ kind: KeyKind) throws(CryptoError) {
        guard key.kind == kind else { throw .wrongKeyKind(wanted: kind) }
    }
}
