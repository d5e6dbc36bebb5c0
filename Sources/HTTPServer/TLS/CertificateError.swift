/// Why a certificate can't be used. The text says what to do.
package enum CertificateError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String)
    case badCertificate
    case badKey
    case mismatch

    package var description: String {
        switch self {
        case .unreadable(let path): "\(path) can't be read: check that it is there and that this user may read it."
        case .badCertificate: "The certificate is not PEM: give the file that begins with -----BEGIN CERTIFICATE-----."
        case .badKey:
            "The key is not an unencrypted PEM key: give the file that begins with -----BEGIN PRIVATE KEY-----."
        case .mismatch: "The key doesn't belong to the certificate: give the pair that was made together."
        }
    }
}
