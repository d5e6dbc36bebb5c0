import Domain

/// The beginning of a provider's reply as the call log keeps it. Providers repeat recipients and texts in
/// their errors, so digits that could be a phone number, addresses with an @ and long words (tokens) are masked.
package enum ReplyExcerpt {
    package static let limit = 200
    /// Years, status codes and vendors' error codes stay readable; a phone number has more digits.
    private static let longestNumber = 6
    private static let longestWord = 40

    package static func of(_ reply: Span<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        var word: [UInt8] = []
        var at = 0
        // A word that reaches beyond the excerpt is judged whole: a third of an address is one too.
        while at < min(reply.count, limit * 4), out.count < limit {
            let byte = reply[at]
            at += 1
            if isWordByte(byte) {
                word.append(byte)
            } else {
                append(word, to: &out)
                word.removeAll(keepingCapacity: true)
                out.append(byte < 0x20 || byte == 0x7F ? 0x20 : byte)
            }
        }
        append(word, to: &out)
        if out.count > limit { out.removeLast(out.count - limit) }
        while let last = out.last, last >= 0x80, String(validating: out, as: UTF8.self) == nil { out.removeLast() }
        return String(validating: out, as: UTF8.self) == nil ? [] : out
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x40, 0x2B, 0x2D, 0x2E, 0x5F, 0x25, 0x80...: true
        default: false
        }
    }

    private static func append(_ word: [UInt8], to out: inout [UInt8]) {
        let digits = word.count { $0 >= 0x30 && $0 <= 0x39 }
        let isPersonal = word.contains(0x40) || digits > longestNumber || word.count > longestWord
        out += isPersonal ? Array("***".utf8) : word
    }
}
