/// Turns `&eacute;`, `&#233;` and `&#xE9;` back into characters, by the rules of HTML 5.
enum HTMLEntities {
    private struct Entry {
        var text: String
        var needsSemicolon: Bool
    }

    private static let table: [String: Entry] = {
        var table: [String: Entry] = [:]
        for word in HTMLEntityTable.text.description.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            guard let mark = word.firstIndex(where: { $0 == ":" || $0 == "=" }) else { continue }
            var text = ""
            for code in word[word.index(after: mark)...].split(separator: ".") {
                if let scalar = UInt32(code, radix: 16).flatMap(Unicode.Scalar.init) {
                    text.unicodeScalars.append(scalar)
                }
            }
            table[String(word[..<mark])] = Entry(text: text, needsSemicolon: word[mark] == ":")
        }
        return table
    }()

    /// The longest thing between `&` and its end that is looked at.
    private static let longestName = 32

    static func unescape(_ text: String) -> String {
        guard text.utf8.contains(0x26) else { return text }
        let source = Array(text.utf8)
        var result: [UInt8] = []
        var at = 0
        while at < source.count {
            if source[at] == 0x26 {
                let (replacement, end) = source[safe: at + 1] == 0x23 ? numeric(source, at) : named(source, at)
                if let replacement {
                    result += replacement.utf8
                    at = end
                    continue
                }
            }
            result.append(source[at])
            at += 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func numeric(_ source: [UInt8], _ start: Int) -> (String?, Int) {
        let isHex = source[safe: start + 2].map { $0 | 0x20 == 0x78 } ?? false
        var at = start + (isHex ? 3 : 2)
        let digits = at
        var code: UInt32 = 0
        while let byte = source[safe: at], let digit = hexDigit(byte), isHex || digit < 10 {
            code = min(code &* (isHex ? 16 : 10) &+ UInt32(digit), 0x110000)
            at += 1
        }
        guard at > digits else { return (nil, start) }
        if source[safe: at] == 0x3B { at += 1 }
        return (character(code), at)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    /// What Windows-1252 has at 0x80 to 0x9F; browsers read such numbers that way.
    private static let windows: [UInt32] = [
        0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x8D, 0x17D,
        0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A, 0x153, 0x9D,
        0x17E, 0x178,
    ]

    private static func character(_ code: UInt32) -> String {
        switch code {
        case 0, 0xD800...0xDFFF, 0x110000...: return "\u{FFFD}"
        case 0x0D: return "\r"
        case 0x80...0x9F: return Unicode.Scalar(windows[Int(code - 0x80)]).map { String($0) } ?? ""
        case 1...8, 0x0B, 0x0E...0x1F, 0x7F, 0xFDD0...0xFDEF: return ""
        case _ where code & 0xFFFE == 0xFFFE: return ""
        default: return Unicode.Scalar(code).map { String($0) } ?? ""
        }
    }

    private static func named(_ source: [UInt8], _ start: Int) -> (String?, Int) {
        var end = start + 1
        var characters = 0
        scan: while characters < longestName, let byte = source[safe: end] {
            switch byte {
            case 0x09, 0x0A, 0x0C, 0x20, 0x3C, 0x26, 0x23, 0x3B: break scan
            default:
                end += 1
                if source[safe: end].map({ $0 & 0xC0 != 0x80 }) ?? true { characters += 1 }
            }
        }
        guard end > start + 1 else { return (nil, start) }
        func entry(_ end: Int) -> Entry? { table[String(decoding: source[start + 1..<end], as: UTF8.self)] }
        if source[safe: end] == 0x3B, let entry = entry(end) { return (entry.text, end + 1) }
        // Without its semicolon the longest old name counts that the text begins with.
        var length = end
        while length > start + 2 {
            if let entry = entry(length), !entry.needsSemicolon { return (entry.text, length) }
            length -= 1
        }
        return (nil, start)
    }
}

extension Array {
    subscript(safe index: Int) -> Element? { index >= 0 && index < count ? self[index] : nil }
}
