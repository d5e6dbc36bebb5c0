import Crypto

extension ConfigReader {
    /// A private key of the kind that the vendor's tokens are signed with.
    mutating func signingKey(_ name: String, _ kind: KeyKind) throws(ConfigError) -> SigningKey {
        guard let pem = try key(name) else {
            throw ConfigError(setting: place(name), problem: "is missing: give the private key as PEM")
        }
        do {
            let key = try SigningKey(pem: pem)
            guard key.kind == kind else { throw CryptoError.wrongKeyKind(wanted: kind) }
            return key
        } catch let fault as CryptoError {
            throw ConfigError(setting: place(name), problem: "is no key that can be used. \(fault)")
        } catch {
            throw ConfigError(setting: place(name), problem: "is no key that can be used")
        }
    }
}
