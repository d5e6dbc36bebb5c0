import Crypto

/// Kannel signs nothing, so the address of a receipt carries what only we can have made: a key for just this message.
struct KannelSecret: Sendable {
    private let secret: [UInt8]

    init(_ secret: String) { self.secret = Array(secret.utf8) }

    /// In hexadecimal digits.
    func key(for id: String) -> [UInt8] {
        Array(Hex.encode(HMAC.sha256(key: secret, message: Array("receipt \(id)".utf8))).prefix(32))
    }

    func isKey(_ given: String, for id: String) -> Bool { ConstantTime.equal(Array(given.utf8), key(for: id)) }

    /// Replies come from an `sms-service`, whose address an operator writes.
    func isSecret(_ given: String) -> Bool { ConstantTime.equal(Array(given.utf8), secret) }
}
