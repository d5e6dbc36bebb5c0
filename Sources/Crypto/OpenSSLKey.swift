private import COpenSSL

/// Owns one of OpenSSL's keys, private or public.
///
/// Sendable: the key is never changed after it was read, and OpenSSL lets any number of threads use such a key at
/// the same time (each call below has a context of its own).
final class OpenSSLKey: @unchecked Sendable {
    let kind: KeyKind
    let bits: Int
    private let key: OpaquePointer

    /// Nil where there is no key or it is of a kind that no protocol here uses.
    private init?(owning key: OpaquePointer?) {
        guard let key else { return nil }
        switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA: kind = .rsa
        case EVP_PKEY_ED25519: kind = .ed25519
        case EVP_PKEY_EC where Self.isP256(key): kind = .p256
        default:
            EVP_PKEY_free(key)
            return nil
        }
        bits = Int(EVP_PKEY_get_bits(key))
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    convenience init?(privatePEM pem: [UInt8]) {
        self.init(
            // Without the callback OpenSSL asks the terminal for the passphrase of a locked key.
            owning: Self.reading(pem) { PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in -1 }, nil) })
    }

    convenience init?(publicPEM pem: [UInt8]) {
        self.init(owning: Self.reading(pem) { PEM_read_bio_PUBKEY($0, nil, { _, _, _, _ in -1 }, nil) })
    }

    /// The key that a certificate is about. Whether the certificate is to be trusted is not looked at.
    convenience init?(certificatePEM pem: [UInt8]) {
        guard let certificate = Self.reading(pem, { PEM_read_bio_X509($0, nil, { _, _, _, _ in -1 }, nil) }) else {
            return nil
        }
        defer { X509_free(certificate) }
        self.init(owning: X509_get_pubkey(certificate))
    }

    convenience init?(publicDER der: [UInt8]) {
        let key = der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_PUBKEY(nil, &start, buffer.count)
        }
        self.init(owning: key)
    }

    convenience init?(rawEd25519 bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.init(owning: EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, 32))
    }

    /// 32 random bytes are a private key.
    convenience init?(privateEd25519 seed: [UInt8]) {
        guard seed.count == 32 else { return nil }
        self.init(owning: EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, 32))
    }

    /// The bare 32 bytes of the public half; nil for a key of another kind.
    var rawPublic: [UInt8]? {
        guard kind == .ed25519 else { return nil }
        var count = 32
        var bytes = [UInt8](repeating: 0, count: count)
        return EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1 && count == 32 ? bytes : nil
    }

    /// A signature as OpenSSL writes it: elliptic ones in DER. Ed25519 hashes by itself.
    func sign(_ message: Span<UInt8>) throws(CryptoError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw .signingFailed }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestSignInit(context, nil, hash, nil, key) == 1 else { throw .signingFailed }
        let room = Int(EVP_PKEY_get_size(key))
        let signature = message.withUnsafeBufferPointer { message in
            [UInt8](unsafeUninitializedCapacity: room) { out, count in
                count = room
                if EVP_DigestSign(context, out.baseAddress, &count, message.baseAddress, message.count) != 1 {
                    count = 0
                }
            }
        }
        guard !signature.isEmpty else { throw .signingFailed }
        return signature
    }

    func verify(_ signature: [UInt8], of message: [UInt8], hash: SignatureHash = .sha256) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        let digest = kind == .ed25519 ? nil : hash == .sha1 ? EVP_sha1() : EVP_sha256()
        guard EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    private var hash: OpaquePointer? { kind == .ed25519 ? nil : EVP_sha256() }

    private static func isP256(_ key: OpaquePointer) -> Bool {
        var name = [CChar](repeating: 0, count: 32)
        var length = 0
        return EVP_PKEY_get_group_name(key, &name, name.count, &length) == 1
            && name.prefix(length).elementsEqual("prime256v1".utf8.map { CChar($0) })
    }

    private static func reading(_ pem: [UInt8], _ read: (OpaquePointer) -> OpaquePointer?) -> OpaquePointer? {
        guard let bio = BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { return nil }
        defer {
            BIO_free(bio)
            ERR_clear_error()
        }
        return read(bio)
    }
}

/// What a message is hashed with before it is signed.
enum SignatureHash { case sha256, sha1 }
