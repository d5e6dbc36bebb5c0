import Domain

/// How a file's bytes stand for text, and how that is found out.
///
/// A byte order mark decides. Without one, NUL bytes in every second place mean UTF-16. Otherwise the text is
/// ASCII until a byte above 0x7F appears; up to a megabyte from there on decides between UTF-8 and Windows-1252,
/// and the decision holds to the end. Once it is UTF-8, a row with other bytes is a reject of its own.
package enum TextEncoding: String, Sendable, Hashable, CaseIterable {
    case ascii = "ASCII"
    case utf8 = "UTF-8"
    case utf8WithMark = "UTF-8 with BOM"
    case utf16LittleEndian = "UTF-16LE"
    case utf16BigEndian = "UTF-16BE"
    case windows1252 = "Windows-1252"

    /// What the first bytes say, and how many of them are the mark. `ascii` means: not yet known.
    package static func sniff(_ head: [UInt8]) throws(IngestError) -> (encoding: TextEncoding, markLength: Int) {
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8WithMark, 3) }
        if head.starts(with: [0xFF, 0xFE, 0, 0]) || head.starts(with: [0, 0, 0xFE, 0xFF]) { throw .utf32 }
        if head.starts(with: [0xFF, 0xFE]) { return (.utf16LittleEndian, 2) }
        if head.starts(with: [0xFE, 0xFF]) { return (.utf16BigEndian, 2) }
        if let kind = FileKind.signature(of: head[...]) { throw .notText(kind) }
        var nuls = [0, 0]
        var controls = 0
        var high = 0
        for (index, byte) in head.enumerated() {
            switch byte {
            case 0: nuls[index & 1] += 1
            case 9, 10, 13: break
            case 1..<32, 127: controls += 1
            case 128...: high += 1
            default: break
            }
        }
        let half = max(1, head.count / 2)
        if nuls[1] * 5 >= half, nuls[0] * 8 <= nuls[1], head.count >= 4 { return (.utf16LittleEndian, 0) }
        if nuls[0] * 5 >= half, nuls[1] * 8 <= nuls[0], head.count >= 4 { return (.utf16BigEndian, 0) }
        let isMostlyNul = (nuls[0] + nuls[1]) * 10 > head.count * 3
        let isNoise = (controls + nuls[0] + nuls[1]) * 12 > head.count && high * 4 > head.count
        if isMostlyNul || isNoise { throw .notText(.binary) }
        return (.ascii, 0)
    }

    /// Decides by text that holds bytes above 0x7F. Sequences that have the shape of UTF-8, damaged ones
    /// (overlong, surrogates) too, speak for UTF-8; a high byte that stands where Western text has a letter,
    /// quote or sign speaks for Windows-1252. What looks like neither stays UTF-8, so that the row is rejected and
    /// never sent as garbage.
    package static func utf8OrWindows1252(_ bytes: Span<UInt8>, in range: Range<Int>) -> TextEncoding {
        var shaped = 0
        var western = 0
        var odd = 0
        var at = UTF8Check.firstNonASCII(bytes, in: range)
        while at < range.upperBound {
            let length = shape(bytes, at, range.upperBound)
            if length > 0 {
                shaped += 1
                at += length
            } else {
                if Windows1252.isCommon(bytes[at]) { western += 1 } else { odd += 1 }
                at += 1
            }
            at = UTF8Check.firstNonASCII(bytes, in: at..<range.upperBound)
        }
        return western > shaped && western > odd ? .windows1252 : .utf8
    }

    /// A lead byte and as many continuation bytes as it asks for; at the end of the sample fewer will do.
    private static func shape(_ bytes: Span<UInt8>, _ at: Int, _ end: Int) -> Int {
        let length: Int
        switch bytes[at] {
        case 0xC0...0xDF: length = 2
        case 0xE0...0xEF: length = 3
        case 0xF0...0xF7: length = 4
        default: return 0
        }
        for index in at + 1..<at + length {
            if index >= end { return index - at > 1 ? index - at : 0 }
            if bytes[index] & 0xC0 != 0x80 { return 0 }
        }
        return length
    }
}
