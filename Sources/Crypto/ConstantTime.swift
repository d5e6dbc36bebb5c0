private import COpenSSL

/// Comparison of secrets that takes as long whether the first byte differs or the last. Only a different
/// length is seen at once.
package enum ConstantTime {
    package static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
    }

    package static func equal(_ a: some StringProtocol, _ b: some StringProtocol) -> Bool {
        equal(Array(a.utf8), Array(b.utf8))
    }
}
