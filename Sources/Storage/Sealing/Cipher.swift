private import COpenSSL
import Domain

/// AES-256-GCM under one key, with a context that is set up once. Not Sendable: one for each thread.
package final class Cipher {
    package static let nonceSize = 12
    package static let tagSize = 16

    private let context: OpaquePointer
    /// OpenSSL keeps the key schedule for one direction at a time.
    private var encrypting: Bool?
    private let key: [UInt8]

    package init(key: [UInt8]) {
        precondition(key.count == 32)
        self.key = key
        guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("out of memory") }
        self.context = context
    }

    deinit { EVP_CIPHER_CTX_free(context) }

    private func begin(encrypt: Bool, nonce: UnsafePointer<UInt8>, context extra: [UInt8] = []) {
        if encrypting != encrypt {
            EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nil, key, nil, encrypt ? 1 : 0)
            encrypting = encrypt
        }
        EVP_CipherInit_ex(context, nil, nil, nil, nonce, encrypt ? 1 : 0)
        if !extra.isEmpty {
            var length: Int32 = 0
            EVP_CipherUpdate(context, nil, &length, extra, Int32(extra.count))
        }
    }

    /// Number and field are the nonce; without an allocation.
    private func begin(encrypt: Bool, number: Int64, field: UInt32) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.nonceSize) { nonce in
            let raw = UnsafeMutableRawBufferPointer(nonce)
            raw.storeBytes(of: field.bigEndian, toByteOffset: 0, as: UInt32.self)
            raw.storeBytes(of: number.bigEndian, toByteOffset: 4, as: Int64.self)
            if let start = nonce.baseAddress { begin(encrypt: encrypt, nonce: start) }
        }
    }

    /// Appends the ciphertext and its tag. The nonce must never have been used with this key for another text.
    package func seal(_ plain: Span<UInt8>, nonce: [UInt8], context extra: [UInt8] = [], into out: inout [UInt8]) {
        begin(encrypt: true, nonce: nonce, context: extra)
        let start = out.count
        out.append(contentsOf: repeatElement(0, count: plain.count + Self.tagSize))
        out.withUnsafeMutableBytes { encrypt(plain, into: UnsafeMutableRawBufferPointer(rebasing: $0[start...])) }
    }

    /// The same in place, without an allocation, for texts that have numbers of their own: number and field are the nonce.
    func seal(_ plain: Span<UInt8>, number: Int64, field: UInt32, into target: UnsafeMutableRawBufferPointer) {
        begin(encrypt: true, number: number, field: field)
        encrypt(plain, into: target)
    }

    /// The nonce that a number and a field stand for.
    static func nonce(_ number: Int64, field: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: field >> $0) } + bigEndianBytes(number)
    }

    /// Appends what was sealed under a number and a field, without an allocation. False where it can't be opened.
    package func open(_ sealed: UnsafeRawBufferPointer, number: Int64, field: UInt32, into out: inout [UInt8]) -> Bool {
        let size = sealed.count - Self.tagSize
        guard size >= 0, let source = sealed.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return false }
        begin(encrypt: false, number: number, field: field)
        let start = out.count
        out.append(contentsOf: repeatElement(0, count: size))
        let isWhole = out.withUnsafeMutableBufferPointer { target in
            decrypt(source, size, into: target.baseAddress.map { $0 + start })
        }
        if !isWhole { out.removeLast(size) }
        return isWhole
    }

    /// Fills `target` with the ciphertext and its tag.
    private func encrypt(_ plain: Span<UInt8>, into target: UnsafeMutableRawBufferPointer) {
        precondition(target.count == plain.count + Self.tagSize)
        guard let base = target.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        plain.withUnsafeBytes { source in
            var length: Int32 = 0
            if source.count > 0 {
                EVP_CipherUpdate(
                    context, base, &length, source.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(source.count)
                )
            }
            EVP_CipherFinal_ex(context, base + Int(length), &length)
            herald_gcm_get_tag(context, base + plain.count)
        }
    }

    /// The tag follows the text. Says whether that is whole.
    private func decrypt(_ sealed: UnsafePointer<UInt8>, _ size: Int, into target: UnsafeMutablePointer<UInt8>?) -> Bool
    {
        var length: Int32 = 0
        if size > 0 { EVP_CipherUpdate(context, target, &length, sealed, Int32(size)) }
        herald_gcm_set_tag(context, UnsafeMutablePointer(mutating: sealed + size))
        var last: UInt8 = 0
        return EVP_CipherFinal_ex(context, &last, &length) == 1
    }

    /// Nil where the text was altered, or sealed under another key, nonce or context.
    package func open(_ sealed: Span<UInt8>, nonce: [UInt8], context extra: [UInt8] = []) -> [UInt8]? {
        guard sealed.count >= Self.tagSize else { return nil }
        begin(encrypt: false, nonce: nonce, context: extra)
        let size = sealed.count - Self.tagSize
        var ok = false
        let plain = [UInt8](unsafeUninitializedCapacity: size) { target, count in
            sealed.withUnsafeBytes { source in
                guard let base = source.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
                ok = decrypt(base, size, into: target.baseAddress)
            }
            count = size
        }
        return ok ? plain : nil
    }
}

/// Bytes from the system's generator.
package func randomBytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        // Fails only if the kernel has no entropy source at all; nothing may be sealed then.
        precondition(RAND_bytes(buffer.baseAddress, Int32(count)) == 1, "no random numbers")
        initialized = count
    }
}
