/// How the references of a message's parts are kept as one.
///
/// An SMSC gives every part its own id, and its receipts name one of them. They are kept in the message's one
/// reference, joined by commas, the first part's first, as many as the ledger's 255 bytes hold: whoever looks for a
/// receipt's message looks for an element of that list.
package enum SMPPReference {
    package static let longest = 255

    /// The id that stands at the start of an answer's body, up to its NUL. What is no visible ASCII, and the comma,
    /// becomes an underscore: ids end up in lists, reports and logs.
    static func text(_ body: Span<UInt8>) -> String {
        var count = 0
        while count < body.count, body[count] != 0, count < 65 { count += 1 }
        return String(unsafeUninitializedCapacity: count) { buffer in
            for index in 0..<count { buffer[index] = isPlain(body[index]) ? body[index] : 0x5F }
            return count
        }
    }

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.map { isPlain($0) ? $0 : 0x5F }, as: UTF8.self)
    }

    static func joined(_ references: [String]) -> String {
        var joined = ""
        for reference in references where !reference.isEmpty {
            if joined.isEmpty {
                joined = reference
            } else if joined.utf8.count + reference.utf8.count < longest {
                joined += "," + reference
            }
        }
        return joined
    }

    /// The single references in one that was kept.
    package static func parts(_ joined: String) -> [Substring] { joined.split(separator: ",") }

    private static func isPlain(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F && byte != 0x2C }
}
