import Crypto
import Foundation
import Storage

/// The certificate that Herald makes for itself where none is given: for development, and for clients that are told to
/// trust it.
struct SelfSignedFiles {
    let certificate: String
    let key: String

    init(home: HeraldHome) {
        certificate = home.path + "/tls-certificate.pem"
        key = home.path + "/tls-key.pem"
    }

    /// Made once and kept, so that who trusts it can go on.
    func makeIfNeeded() throws {
        guard !FileManager.default.fileExists(atPath: certificate) else { return }
        let pair = try DevelopmentCertificate()
        try AtomicFile.write(pair.key, to: key, mode: 0o600)
        try AtomicFile.write(pair.certificate, to: certificate, mode: 0o644)
    }
}
