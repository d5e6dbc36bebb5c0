import Crypto
import Domain

extension JSONWebToken {
    /// The claims of a token that was signed with a shared secret (HS256); nil where it was not, or where its head
    /// names another algorithm: what a token says of itself decides nothing.
    static func verified(_ token: some StringProtocol, secret: [UInt8]) -> JSON? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, !secret.isEmpty,
            let head = Base64.urlDecode(Array(parts[0].utf8)), let header = try? JSON.parse(head),
            header["alg"]?.stringValue == "HS256",
            let signature = Base64.urlDecode(Array(parts[2].utf8)),
            ConstantTime.equal(HMAC.sha256(key: secret, message: Array("\(parts[0]).\(parts[1])".utf8)), signature),
            let claims = Base64.urlDecode(Array(parts[1].utf8))
        else { return nil }
        return try? JSON.parse(claims)
    }
}
