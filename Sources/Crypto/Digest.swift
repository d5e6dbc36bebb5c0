private import COpenSSL

/// Hashes of whole byte strings. MD5 and SHA-1 are here for what vendors still sign with, not for anything of ours.
package enum Digest {
    package static func sha256(_ bytes: Span<UInt8>) -> [UInt8] {
        var context = SHA256_CTX()
        SHA256_Init(&context)
        bytes.withUnsafeBytes { _ = SHA256_Update(&context, $0.baseAddress, $0.count) }
        return Array(unsafeUninitializedCapacity: 32) { out, count in
            SHA256_Final(out.baseAddress, &context)
            count = 32
        }
    }

    package static func sha256(_ bytes: [UInt8]) -> [UInt8] { sha256(bytes.span) }

    package static func sha1(_ bytes: [UInt8]) -> [UInt8] {
        var context = SHA_CTX()
        SHA1_Init(&context)
        SHA1_Update(&context, bytes, bytes.count)
        return Array(unsafeUninitializedCapacity: 20) { out, count in
            SHA1_Final(out.baseAddress, &context)
            count = 20
        }
    }

    package static func md5(_ bytes: [UInt8]) -> [UInt8] {
        var context = MD5_CTX()
        MD5_Init(&context)
        MD5_Update(&context, bytes, bytes.count)
        return Array(unsafeUninitializedCapacity: 16) { out, count in
            MD5_Final(out.baseAddress, &context)
            count = 16
        }
    }
}
