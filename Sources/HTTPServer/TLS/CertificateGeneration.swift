internal import CMicroHTTP

/// A certificate chain and its key as the TLS library takes them. Kept as long as the server, because a handshake may
/// be using it when the next one comes; a renewal is a few kilobytes every month or two.
final class CertificateGeneration: Sendable {
    private static let longestChain: UInt32 = 16

    /// The addresses of what the library made; integers because a raw pointer may not cross threads. Never changed.
    private let chain: UInt
    private let length: UInt32
    private let key: UInt

    init(certificate: [UInt8], key: [UInt8]) throws(CertificateError) {
        var length = Self.longestChain
        let chain = UnsafeMutablePointer<gnutls_pcert_st>.allocate(capacity: Int(length))
        let read = Self.withDatum(certificate) {
            gnutls_pcert_list_import_x509_raw(chain, &length, $0, GNUTLS_X509_FMT_PEM, 0)
        }
        guard read >= 0, length > 0 else {
            chain.deallocate()
            throw .badCertificate
        }
        var made: gnutls_privkey_t?
        gnutls_privkey_init(&made)
        let isRead = Self.withDatum(key) { gnutls_privkey_import_x509_raw(made, $0, GNUTLS_X509_FMT_PEM, nil, 0) } >= 0
        self.chain = UInt(bitPattern: chain)
        self.length = length
        self.key = UInt(bitPattern: made)
        guard isRead else { throw .badKey }
        guard Self.belong(certificate, key) else { throw .mismatch }
    }

    deinit {
        guard let chain = UnsafeMutablePointer<gnutls_pcert_st>(bitPattern: chain) else { return }
        for index in 0..<Int(length) { gnutls_pcert_deinit(chain + index) }
        chain.deallocate()
        gnutls_privkey_deinit(OpaquePointer(bitPattern: key))
    }

    func fill(
        _ certificates: UnsafeMutablePointer<UnsafeMutablePointer<gnutls_pcert_st>?>,
        _ count: UnsafeMutablePointer<UInt32>, _ privateKey: UnsafeMutablePointer<gnutls_privkey_t?>
    ) {
        certificates.pointee = UnsafeMutablePointer(bitPattern: chain)
        count.pointee = length
        privateKey.pointee = OpaquePointer(bitPattern: key)
    }

    /// The library compares the two when it takes them together.
    private static func belong(_ certificate: [UInt8], _ key: [UInt8]) -> Bool {
        var credentials: gnutls_certificate_credentials_t?
        gnutls_certificate_allocate_credentials(&credentials)
        defer { gnutls_certificate_free_credentials(credentials) }
        return withDatum(certificate) { certificate in
            withDatum(key) { gnutls_certificate_set_x509_key_mem(credentials, certificate, $0, GNUTLS_X509_FMT_PEM) }
        } >= 0
    }

    private static func withDatum<Result>(_ bytes: [UInt8], _ body: (UnsafePointer<gnutls_datum_t>) -> Result) -> Result
    {
        bytes.withUnsafeBufferPointer { bytes in
            var datum = gnutls_datum_t(
                data: UnsafeMutablePointer(mutating: bytes.baseAddress), size: UInt32(bytes.count))
            return body(&datum)
        }
    }
}
