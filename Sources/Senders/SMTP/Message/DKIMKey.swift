import Crypto

/// A domain's key for signing mail (RFC 6376, RFC 8463). Its public half stands in the DNS, under
/// `selector._domainkey.domain`.
package struct DKIMKey: Sendable {
    let domain: String
    let selector: String
    private let key: SigningKey
    let algorithm: StaticString

    /// Why a key cannot sign mail.
    enum Fault: Error, Hashable, CustomStringConvertible {
        case unreadable(CryptoError)
        case wrongKind
        case tooShort(bits: Int)

        var description: String {
            switch self {
            case .unreadable(let error): "cannot be used: \(error)"
            case .wrongKind: "must be an RSA or an Ed25519 key"
            case .tooShort(let bits): "has \(bits) bits; receivers want an RSA key of 2048"
            }
        }
    }

    init(domain: String, selector: String, pem: String) throws(Fault) {
        do throws(CryptoError) { key = try SigningKey(pem: pem) } catch { throw .unreadable(error) }
        switch key.kind {
        case .rsa where key.bits < 2048: throw .tooShort(bits: key.bits)
        case .rsa: algorithm = "rsa-sha256"
        case .ed25519: algorithm = "ed25519-sha256"
        case .p256: throw .wrongKind
        }
        self.domain = domain
        self.selector = selector
    }

    func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
        key.kind == .rsa ? try key.rsaSHA256(message) : try key.ed25519(Digest.sha256(message))
    }

    /// A signature counts for a sender only in its own domain or one above it (RFC 7489, 3.1.1).
    func isAligned(with sender: [UInt8]) -> Bool {
        let own = Array(domain.utf8)
        return sender == own || sender.count > own.count && sender.suffix(own.count + 1) == [0x2E] + own
    }
}
