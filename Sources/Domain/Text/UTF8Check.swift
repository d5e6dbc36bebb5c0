/// Strict UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF.
package enum UTF8Check {
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Where the first byte outside ASCII stands, or `range.upperBound`. Eight bytes at a time.
    package static func firstNonASCII(_ bytes: Span<UInt8>, in range: Range<Int>) -> Int {
        let raw = bytes.bytes
        var at = range.lowerBound
        while at + 8 <= range.upperBound {
            let word = raw.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self) & highBits
            if word != 0 { return at + word.trailingZeroBitCount / 8 }
            at += 8
        }
        while at < range.upperBound, bytes[at] < 0x80 { at += 1 }
        return at
    }

    package static func isValid(_ bytes: Span<UInt8>, in range: Range<Int>) -> Bool {
        firstInvalid(bytes, in: range) == nil
    }

    /// Where the first sequence starts that is not UTF-8.
    package static func firstInvalid(_ bytes: Span<UInt8>, in range: Range<Int>) -> Int? {
        var at = firstNonASCII(bytes, in: range)
        while at < range.upperBound {
            let length = sequence(bytes, at, range.upperBound)
            if length == 0 { return at }
            at = firstNonASCII(bytes, in: at + length..<range.upperBound)
        }
        return nil
    }

    /// The length of the sequence whose lead byte (0x80 or above) stands at `at`, or 0 if it is none.
    package static func sequence(_ bytes: Span<UInt8>, _ at: Int, _ end: Int) -> Int {
        let lead = bytes[at]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF:
            length = 3
            if lead == 0xE0 { second = 0xA0...0xBF }
            if lead == 0xED { second = 0x80...0x9F }
        case 0xF0...0xF4:
            length = 4
            if lead == 0xF0 { second = 0x90...0xBF }
            if lead == 0xF4 { second = 0x80...0x8F }
        default: return 0
        }
        guard at + length <= end, second.contains(bytes[at + 1]) else { return 0 }
        for index in at + 2..<at + length where bytes[index] & 0xC0 != 0x80 { return 0 }
        return length
    }

    /// Appends `range` with every byte that is not part of valid UTF-8, and unless told otherwise every NUL, as U+FFFD.
    package static func appendRepaired(
        _ bytes: Span<UInt8>, in range: Range<Int>, keepingNul: Bool = false, to output: inout [UInt8]
    ) {
        var at = range.lowerBound
        while at < range.upperBound {
            let byte = bytes[at]
            let length = byte < 0x80 ? (byte == 0 && !keepingNul ? 0 : 1) : sequence(bytes, at, range.upperBound)
            if length == 0 {
                output.append(contentsOf: [0xEF, 0xBF, 0xBD])
                at += 1
            } else {
                for index in at..<at + length { output.append(bytes[index]) }
                at += length
            }
        }
    }
}
