/// A public key. Every check answers yes or no: a key of another kind and a mangled signature verify nothing.
package struct VerifyingKey: Sendable {
    private let key: OpenSSLKey

    package init(pem: String) throws(CryptoError) {
        guard let key = OpenSSLKey(publicPEM: Array(pem.utf8)) else { throw .unreadableKey }
        self.key = key
    }

    /// The key that a certificate is about; for certificates that are trusted because of where they come from.
    package init(certificatePEM pem: String) throws(CryptoError) {
        guard let key = OpenSSLKey(certificatePEM: Array(pem.utf8)) else { throw .unreadableKey }
        self.key = key
    }

    /// SubjectPublicKeyInfo, as it stands in base64 where vendors publish keys.
    package init(der: [UInt8]) throws(CryptoError) {
        guard let key = OpenSSLKey(publicDER: der) else { throw .unreadableKey }
        self.key = key
    }

    /// The bare 32 bytes.
    package init(rawEd25519 bytes: [UInt8]) throws(CryptoError) {
        guard let key = OpenSSLKey(rawEd25519: bytes) else { throw .unreadableKey }
        self.key = key
    }

    /// The bare 32 bytes of an Ed25519 key; nil for another kind.
    package var rawEd25519: [UInt8]? { key.rawPublic }

    /// An Ed25519 key as PEM, as `openssl` reads it.
    package static func pem(rawEd25519 bytes: [UInt8]) -> String {
        let header: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        let text = String(decoding: Base64.encode(header + bytes), as: UTF8.self)
        return "-----BEGIN PUBLIC KEY-----\n\(text)\n-----END PUBLIC KEY-----\n"
    }

    package var kind: KeyKind { key.kind }

    package func verifyRSASHA256(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        key.kind == .rsa && key.verify(signature, of: message)
    }

    /// Only for vendors that know nothing better (Amazon SNS, signature version 1).
    package func verifyRSASHA1(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        key.kind == .rsa && key.verify(signature, of: message, hash: .sha1)
    }

    /// r and s, as in JOSE.
    package func verifyES256(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard key.kind == .p256, let der = EllipticSignature.der(fromBare: signature) else { return false }
        return key.verify(der, of: message)
    }

    /// DER, as in the signed webhooks of SendGrid.
    package func verifyECDSADER(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        key.kind == .p256 && key.verify(signature, of: message)
    }

    package func verifyEd25519(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        key.kind == .ed25519 && key.verify(signature, of: message)
    }
}
