private import COpenSSL

/// SHA-256 of bytes that come in pieces.
package struct RunningDigest {
    private var context = SHA256_CTX()

    package init() { SHA256_Init(&context) }

    package mutating func add(_ bytes: [UInt8]) { SHA256_Update(&context, bytes, bytes.count) }

    package func end() -> [UInt8] {
        var context = context
        return Array(unsafeUninitializedCapacity: 32) { out, count in
            SHA256_Final(out.baseAddress, &context)
            count = 32
        }
    }
}
