private import COpenSSL

/// The two notations of an elliptic signature on P-256: DER, as OpenSSL and most vendors write it, and the bare
/// 32 bytes of r and of s, as JOSE wants it (RFC 7518, 3.4).
enum EllipticSignature {
    static func bare(fromDER der: [UInt8]) -> [UInt8]? {
        let signature = der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_ECDSA_SIG(nil, &start, buffer.count)
        }
        guard let signature else { return nil }
        defer { ECDSA_SIG_free(signature) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 64) { out, count in
            guard let base = out.baseAddress,
                BN_bn2binpad(ECDSA_SIG_get0_r(signature), base, 32) == 32,
                BN_bn2binpad(ECDSA_SIG_get0_s(signature), base + 32, 32) == 32
            else { return }
            count = 64
        }
        return bytes.count == 64 ? bytes : nil
    }

    static func der(fromBare bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count == 64, let signature = ECDSA_SIG_new() else { return nil }
        defer { ECDSA_SIG_free(signature) }
        let (r, s) = bytes.withUnsafeBufferPointer { buffer in
            (BN_bin2bn(buffer.baseAddress, 32, nil), BN_bin2bn(buffer.baseAddress?.advanced(by: 32), 32, nil))
        }
        guard ECDSA_SIG_set0(signature, r, s) == 1 else {
            BN_free(r)
            BN_free(s)
            return nil
        }
        let size = i2d_ECDSA_SIG(signature, nil)
        guard size > 0 else { return nil }
        return [UInt8](unsafeUninitializedCapacity: Int(size)) { out, count in
            var end = out.baseAddress
            count = Int(max(i2d_ECDSA_SIG(signature, &end), 0))
        }
    }
}
