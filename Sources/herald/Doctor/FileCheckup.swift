import Crypto
import Foundation
import Storage

/// Permissions of what must be Herald's alone, and the certificate.
struct FileCheckup {
    let home: HeraldHome
    let environment: [String: String]

    /// A certificate is renewed a month before by most tools: two weeks before the end something has gone wrong.
    static let warning = 14 * 86_400

    func findings() -> [Finding] { permissions() + certificate() }

    private func permissions() -> [Finding] {
        guard let mode = Self.mode(home.path) else { return [] }
        guard mode & 0o022 == 0 else {
            return [
                .wrong(
                    "home folder",
                    "everybody\(mode & 0o002 == 0 ? " of its group" : "") may write in \(home.path), and could put another key there. Run: chmod go-w \(home.path)"
                )
            ]
        }
        return []
    }

    private static func mode(_ path: String) -> mode_t? {
        var info = stat()
        return stat(path, &info) == 0 ? info.st_mode : nil
    }

    private func certificate() -> [Finding] {
        func setting(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let own = SelfSignedFiles(home: home)
        switch (setting("HERALD_TLS_CERT"), setting("HERALD_TLS_KEY")) {
        case (nil, nil):
            guard access(own.certificate, F_OK) == 0 else { return [] }
            let renew = "Run: rm \(own.certificate) \(own.key) and restart; a new one is made"
            return look(certificate: own.certificate, key: own.key, renew: renew)
        case (let certificate?, let key?):
            return look(
                certificate: certificate, key: key, renew: "Renew it; the file is read again without a restart")
        case (.some, nil): return [.wrong("TLS", "HERALD_TLS_CERT is set and HERALD_TLS_KEY is not: set both")]
        case (nil, .some): return [.wrong("TLS", "HERALD_TLS_KEY is set and HERALD_TLS_CERT is not: set both")]
        }
    }

    private func look(certificate: String, key: String, renew: String) -> [Finding] {
        for file in [certificate, key] where access(file, R_OK) != 0 {
            return [
                .wrong(
                    "TLS",
                    "\(file) can't be read by this user: \(String(cString: strerror(errno))). Run this as Herald's user, or: chown \(HomeAccess.owner(of: home.path)) \(file)"
                )
            ]
        }
        var findings: [Finding] = []
        if let mode = Self.mode(key), mode & 0o007 != 0 {
            findings.append(.wrong("TLS", "everybody can read the key \(key). Run: chmod 600 \(key)"))
        }
        guard let pem = FileManager.default.contents(atPath: certificate),
            let left = CertificateExpiry.secondsLeft(pem: Array(pem))
        else {
            return findings + [.wrong("TLS", "\(certificate) holds no certificate in PEM form")]
        }
        let days = left / 86_400
        if left <= 0 {
            findings.append(.wrong("TLS", "\(certificate) ended \(-days) days ago: clients refuse it. \(renew)"))
        } else if left < Self.warning {
            findings.append(.note("TLS", "\(certificate) ends in \(days) days. \(renew)"))
        } else if findings.isEmpty {
            findings.append(.fine("TLS", "\(certificate) holds for \(days) days"))
        }
        return findings
    }
}
