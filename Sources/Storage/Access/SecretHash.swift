import Crypto
import Domain

/// What is kept of a key: SHA-256 of its whole text. A secret of 256 bits at random needs no salt and no slow hash.
package struct SecretHash: Sendable {
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    package init(_ token: APIKeyToken) { bytes = Digest.sha256(token.text) }

    /// In constant time.
    package func equals(_ other: SecretHash) -> Bool { ConstantTime.equal(bytes, other.bytes) }

    /// Belongs to no key: what is compared with where there is none, so that it takes as long.
    package static let none = SecretHash(bytes: [UInt8](repeating: 0, count: 32))
}
