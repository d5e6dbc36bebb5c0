import Crypto
import Domain

/// How Vonage signs the parameters of a callback: all but `sig`, sorted by name, as `&name=value`, with `&` and `=` in
/// values made `_`, under the account's signature secret.
///
/// https://developer.vonage.com/en/getting-started/concepts/signing-messages
struct VonageSignature: Sendable {
    enum Method: String, CaseIterable {
        case sha256
        case sha1
        /// A digest of the text with the secret behind it: what accounts have that never chose another.
        case md5hash
    }

    let secret: [UInt8]
    let method: Method

    init(secret: String, method: Method) {
        self.secret = Array(secret.utf8)
        self.method = method
    }

    /// Nil where no secret is set, and callbacks are then not taken.
    init?(_ reader: inout ConfigReader) throws(ConfigError) {
        let method: Method = try reader.choice("signature_method") ?? .sha256
        guard let secret = try reader.plainText("signature_secret"), !secret.isEmpty else { return nil }
        self.init(secret: secret, method: method)
    }

    func verify(_ fields: [(name: String, value: String)], now: Timestamp) -> CallbackVerdict {
        guard let given = fields.first(where: { $0.name == "sig" })?.value else { return .forged("no signature") }
        guard let time = fields.first(where: { $0.name == "timestamp" }).flatMap({ Int64($0.value) }) else {
            return .forged("no time")
        }
        guard ReplayWindow.holds(time, now: now) else { return .forged("too old") }
        return ConstantTime.equal(Array(given.lowercased().utf8), signature(of: fields))
            ? .genuine : .forged("wrong signature")
    }

    /// In small hexadecimal digits.
    func signature(of fields: [(name: String, value: String)]) -> [UInt8] {
        var text: [UInt8] = []
        let sorted = fields.filter { $0.name != "sig" }.sorted {
            $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
        for (name, value) in sorted {
            text += Array("&\(name)=".utf8)
            text += value.utf8.map { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: "=") ? UInt8(ascii: "_") : $0 }
        }
        switch method {
        case .sha256: return Hex.encode(HMAC.sha256(key: secret, message: text))
        case .sha1: return Hex.encode(HMAC.sha1(key: secret, message: text))
        case .md5hash: return Hex.encode(Digest.md5(text + secret))
        }
    }
}
