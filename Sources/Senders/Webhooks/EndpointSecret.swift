import Crypto
import Domain

/// The key that signs what an endpoint is sent, in the notation of Standard Webhooks: `whsec_` and base64.
package struct EndpointSecret: Sendable {
    private let key: [UInt8]

    private static let prefix = "whsec_"
    /// Standard Webhooks asks for 24 to 64 bytes.
    private static let size = 32

    package static func make() -> EndpointSecret {
        var random = SystemRandomNumberGenerator()
        return EndpointSecret(key: (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    private init(key: [UInt8]) { self.key = key }

    /// Nil for what is none.
    package init?(_ text: some StringProtocol) {
        guard text.hasPrefix(Self.prefix), let key = Base64.decode(Array(text.dropFirst(Self.prefix.count).utf8)),
            (24...64).contains(key.count)
        else { return nil }
        self.key = key
    }

    package var text: String { Self.prefix + String(decoding: Base64.encode(key), as: UTF8.self) }

    /// `v1,` and the signature of one attempt.
    func signature(id: String, seconds: Int64, body: [UInt8]) -> [UInt8] {
        Array("v1,".utf8) + Base64.encode(HMAC.sha256(key: key, message: Array("\(id).\(seconds).".utf8) + body))
    }
}
