import Crypto
import Domain

/// How a message is named in what comes back of it: its number and a keyed digest, as in `1000-3f2a9c0d1e2f3a4b`. Whoever
/// reports by it has seen the message: numbers alone can be guessed, and would let anybody have anybody suppressed.
struct MailMark: Sendable, Hashable {
    /// The field that carries it beside the Message-ID, which some relays replace by their own.
    static let field: StaticString = "X-Herald-Message"
    /// Digits of a number, a dash, and those of the digest.
    static let longest = 19 + 1 + digestLength
    private static let digestLength = 16

    private let secret: [UInt8]

    init(secret: String) { self.secret = Array(secret.utf8) }

    func append(_ message: MessageID, to output: inout RawBytes) {
        output.append(decimal: message.rawValue)
        output.append(0x2D)
        output.append(digest(message))
    }

    /// The message that a mark at the start of a text names; nil where it is none of ours.
    func message(_ text: some Collection<UInt8>) -> MessageID? {
        let digits = text.prefix { $0 >= 0x30 && $0 <= 0x39 }
        let rest = text.dropFirst(digits.count)
        guard digits.count <= 19, rest.first == 0x2D, let number = Int64(String(decoding: digits, as: UTF8.self)) else {
            return nil
        }
        let message = MessageID(rawValue: number)
        // Some servers fold the case of what stands before an @.
        let given = rest.dropFirst().prefix(Self.digestLength).map { $0 >= 0x41 && $0 <= 0x46 ? $0 | 0x20 : $0 }
        return ConstantTime.equal(given, digest(message)) ? message : nil
    }

    private func digest(_ message: MessageID) -> [UInt8] {
        let mac = HMAC.sha256(key: secret, message: Array("report \(message.rawValue)".utf8))
        return Array(Hex.encode(mac).prefix(Self.digestLength))
    }
}
