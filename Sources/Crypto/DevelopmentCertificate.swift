private import COpenSSL
private import Glibc

/// A certificate that a machine makes for itself, so that HTTPS works before anyone has got a real one: P-256, for a
/// year, for this machine's names. Clients have to be told to trust it.
package struct DevelopmentCertificate: Sendable {
    /// Both PEM.
    package let certificate: [UInt8]
    package let key: [UInt8]

    private static let year = 365 * 24 * 3600

    /// For localhost, 127.0.0.1, ::1 and the names given; those that aren't host names are left out.
    package init(hostNames: [String] = [Self.machineName]) throws(CryptoError) {
        guard let key = Self.makeKey() else { throw .certificateFailed }
        defer { EVP_PKEY_free(key) }
        guard let certificate = X509_new() else { throw .certificateFailed }
        defer { X509_free(certificate) }
        var serial = [UInt8](repeating: 0, count: 16)
        guard RAND_bytes(&serial, 16) == 1, let number = BN_bin2bn(serial, 15, nil) else { throw .certificateFailed }
        defer { BN_free(number) }
        BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate))
        X509_set_version(certificate, 2)
        // A clock that is a little behind is no reason to refuse it.
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3600)
        X509_gmtime_adj(X509_getm_notAfter(certificate), Self.year)
        X509_set_pubkey(certificate, key)
        let name = X509_get_subject_name(certificate)
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, "Herald development", -1, -1, 0)
        X509_set_issuer_name(certificate, name)
        let names = ["DNS:localhost", "IP:127.0.0.1", "IP:::1"] + hostNames.filter(Self.isHostName).map { "DNS:\($0)" }
        let extensions = [
            (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical,digitalSignature"),
            (NID_ext_key_usage, "serverAuth"), (NID_subject_alt_name, Set(names).sorted().joined(separator: ",")),
        ]
        for (kind, value) in extensions {
            guard let made = X509V3_EXT_conf_nid(nil, nil, kind, value) else { throw .certificateFailed }
            defer { X509_EXTENSION_free(made) }
            X509_add_ext(certificate, made, -1)
        }
        guard X509_sign(certificate, key, EVP_sha256()) > 0,
            let written = Self.pem({ PEM_write_bio_X509($0, certificate) }),
            let secret = Self.pem({ PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) })
        else { throw .certificateFailed }
        self.certificate = written
        self.key = secret
    }

    package static var machineName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, 255) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Puts both into files; the key's can be read by its owner alone, from its first moment on.
    package func write(certificatePath: String, keyPath: String) throws(CryptoError) {
        try Self.write(key, keyPath, mode: 0o600)
        try Self.write(certificate, certificatePath, mode: 0o644)
    }

    private static func write(_ bytes: [UInt8], _ path: String, mode: mode_t) throws(CryptoError) {
        // A file of its own that then takes the name: whoever reads finds the old one or the new one whole.
        let fresh = path + ".new"
        unlink(fresh)
        let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .unwritable(path: path) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0,
            rename(fresh, path) == 0
        else {
            unlink(fresh)
            throw .unwritable(path: path)
        }
    }

    private static func makeKey() -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            EVP_PKEY_CTX_set_ec_param_enc(context, OPENSSL_EC_NAMED_CURVE) == 1,
            EVP_PKEY_keygen(context, &key) == 1
        else { return nil }
        return key
    }

    private static func pem(_ write: (OpaquePointer?) -> Int32) -> [UInt8]? {
        guard let memory = BIO_new(BIO_s_mem()) else { return nil }
        defer { BIO_free(memory) }
        guard write(memory) == 1 else { return nil }
        return [UInt8](unsafeUninitializedCapacity: 8192) { buffer, count in
            count = Int(max(0, BIO_read(memory, buffer.baseAddress, 8192)))
        }
    }

    private static func isHostName(_ name: String) -> Bool {
        (1...253).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E: true
                default: false
                }
            }
    }
}
