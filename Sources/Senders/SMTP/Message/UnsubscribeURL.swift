import Domain

/// Where the recipient of a message is taken off the list (RFC 8058): an address with the message's id in it.
struct UnsubscribeURL: Sendable, Hashable {
    private let before: [UInt8]
    private let after: [UInt8]

    /// Nil unless it is an https address with `{{id}}` once in it, and nothing that could end a header's value.
    init?(_ text: String) {
        let parts = text.split(separator: "{{id}}", omittingEmptySubsequences: false)
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E && $0 != 0x22 }
        guard text.hasPrefix("https://"), isPlain, parts.count == 2, parts[0].utf8.count > 8,
            !parts.joined().contains("{{"), text.utf8.count <= 800
        else { return nil }
        (before, after) = (Array(parts[0].utf8), Array(parts[1].utf8))
    }

    func append(_ message: MessageID, to output: inout RawBytes) {
        output.append(before)
        output.append(decimal: message.rawValue)
        output.append(after)
    }

    func bytes(_ message: MessageID) -> [UInt8] { before + Array(String(message.rawValue).utf8) + after }
}

extension ConfigReader {
    mutating func unsubscribeURL() throws(ConfigError) -> UnsubscribeURL? {
        guard let text = try text("unsubscribe_url") else { return nil }
        guard let url = UnsubscribeURL(text) else {
            throw ConfigError(
                setting: place("unsubscribe_url"),
                problem: "must be an https address with {{id}} once in it, such as https://acme.example/u/{{id}}")
        }
        return url
    }
}
