private import COpenSSL
private import Glibc

/// Until when a certificate holds.
package enum CertificateExpiry {
    /// Seconds from now, below zero where it is over; nil where the file has no certificate. Of a chain the first one is
    /// the server's own.
    package static func secondsLeft(pem: [UInt8]) -> Int? {
        guard let bio = pem.withUnsafeBytes({ BIO_new_mem_buf($0.baseAddress, Int32($0.count)) }) else { return nil }
        defer { BIO_free(bio) }
        // The buffer is read while `pem` lives.
        return withExtendedLifetime(pem) {
            guard let certificate = PEM_read_bio_X509(bio, nil, { _, _, _, _ in -1 }, nil) else {
                ERR_clear_error()
                return nil
            }
            defer { X509_free(certificate) }
            var (days, seconds) = (Int32(0), Int32(0))
            guard ASN1_TIME_diff(&days, &seconds, nil, X509_get0_notAfter(certificate)) == 1 else { return nil }
            return Int(days) * 86_400 + Int(seconds)
        }
    }
}
