import Domain

/// What adapters take from a message.
extension RequestSource {
    func bytes(_ range: FieldRange) -> [UInt8] { Array(batch.bytes[range.range]) }

    func with<R>(_ range: FieldRange, _ use: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        batch.bytes.withUnsafeBufferPointer { use(UnsafeBufferPointer(rebasing: $0[range.range])) }
    }

    /// The same for every try of a message, and no other installation's.
    func idempotencyKey(_ message: MessageBatch.Message) -> [UInt8] {
        Array(String(message.id.rawValue).utf8) + keySuffix
    }

    /// The message's sender, else the batch's, else the account's own.
    func sender(of message: MessageBatch.Message, orElse usual: String) -> [UInt8] {
        if !message.from.isEmpty { return bytes(message.from) }
        return Array((batch.from.isEmpty ? usual : batch.from).utf8)
    }
}

/// A text as a machine reads it aloud.
enum SpokenText {
    /// Numbers of four digits and more are codes: read digit by digit, with a pause after each.
    static func digitByDigit(_ text: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var at = 0
        while at < text.count {
            var end = at
            while end < text.count, isDigit(text[end]) { end += 1 }
            if end - at >= 4 {
                for (place, digit) in text[at..<end].enumerated() {
                    if place > 0 { out += Array(", ".utf8) }
                    out.append(digit)
                }
                at = end
            } else {
                out.append(contentsOf: text[at..<max(end, at + 1)])
                at = max(end, at + 1)
            }
        }
        return out
    }

    static func xmlEscaped(_ text: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        for byte in text {
            switch byte {
            case UInt8(ascii: "&"): out += Array("&amp;".utf8)
            case UInt8(ascii: "<"): out += Array("&lt;".utf8)
            case UInt8(ascii: ">"): out += Array("&gt;".utf8)
            case UInt8(ascii: "\""): out += Array("&quot;".utf8)
            case 0x00...0x08, 0x0B, 0x0C, 0x0E...0x1F: break
            default: out.append(byte)
            }
        }
        return out
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
