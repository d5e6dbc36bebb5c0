private import COpenSSL
import Domain

/// HMAC-SHA256 under one key. The two keyed states are made once and copied for each use.
package struct KeyedHash: Sendable {
    private let inner: SHA256_CTX
    private let outer: SHA256_CTX

    package init(key: [UInt8]) {
        precondition(key.count <= 64)
        let block = key + [UInt8](repeating: 0, count: 64 - key.count)
        inner = Self.state(after: block.map { $0 ^ 0x36 })
        outer = Self.state(after: block.map { $0 ^ 0x5C })
    }

    private static func state(after block: [UInt8]) -> SHA256_CTX {
        var context = SHA256_CTX()
        SHA256_Init(&context)
        SHA256_Update(&context, block, block.count)
        return context
    }

    /// 128 bits of a hash; the tag says what is hashed, so that no phone number equals a token.
    package func tagged(_ tag: UInt8, _ text: Span<UInt8>) -> RecipientHash {
        var context = inner
        var tag = tag
        SHA256_Update(&context, &tag, 1)
        text.withUnsafeBytes { _ = SHA256_Update(&context, $0.baseAddress, $0.count) }
        let digest = finish(&context)
        return RecipientHash(high: UInt64(bigEndian: digest.0), low: UInt64(bigEndian: digest.1))
    }

    /// The hash of an address.
    package func recipient(_ kind: AddressKind, _ address: Span<UInt8>) -> RecipientHash {
        tagged(kind.hashTag, address)
    }

    /// The full 32 bytes.
    package func callAsFunction(_ message: [UInt8]) -> [UInt8] {
        var context = inner
        SHA256_Update(&context, message, message.count)
        let digest = finish(&context)
        return withUnsafeBytes(of: digest) { Array($0) }
    }

    private func finish(_ context: inout SHA256_CTX) -> (UInt64, UInt64, UInt64, UInt64) {
        var digest: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &digest) { buffer in
            let out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            SHA256_Final(out, &context)
            context = outer
            SHA256_Update(&context, out, 32)
            SHA256_Final(out, &context)
        }
        return digest
    }
}

extension AddressKind {
    /// Never renumbered: hashes are stored.
    package var hashTag: UInt8 {
        switch self {
        case .phone: 1
        case .email: 2
        case .pushToken: 3
        case .opaque: 4
        }
    }
}
