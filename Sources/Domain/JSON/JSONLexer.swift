/// Reads JSON's tokens from bytes, checking each wholly (RFC 8259, strict) and allocating nothing. Every
/// function starts at `at` and leaves it behind what it read.
enum JSONLexer {
    struct StringToken {
        /// The contents, without the quotes.
        var range: Range<Int>
        var hasEscapes: Bool
    }

    struct NumberToken {
        var range: Range<Int>
        /// No fraction and no exponent.
        var isWhole: Bool
    }

    static func skipSpace(_ bytes: Span<UInt8>, _ at: inout Int) {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x0A, 0x0D, 0x09: at += 1
            default: return
            }
        }
    }

    /// The byte at `at`, or an error at the end of the text.
    static func peek(_ bytes: Span<UInt8>, _ at: Int) throws(JSONError) -> UInt8 {
        guard at < bytes.count else { throw JSONError(.unexpectedEnd, at: bytes.count) }
        return bytes[at]
    }

    /// A string whose opening quote stands at `at`.
    static func string(
        _ bytes: Span<UInt8>, _ at: inout Int, _ tolerance: JSONTolerance = .strict
    ) throws(JSONError) -> StringToken {
        at += 1
        let start = at
        var hasEscapes = false
        while true {
            let byte = try peek(bytes, at)
            switch byte {
            case 0x22:
                defer { at += 1 }
                return StringToken(range: start..<at, hasEscapes: hasEscapes)
            case 0x5C:
                hasEscapes = true
                _ = try escape(bytes, &at, tolerance)
            case 0..<0x20: throw JSONError(.control, at: at)
            case 0x80...:
                if tolerance == .strict { try multibyte(bytes, &at) } else { at += 1 }
            default: at += 1
            }
        }
    }

    /// One escape whose backslash stands at `at`: the scalar it means. Half of a surrogate pair means none; where
    /// it is let pass, it stands for U+FFFD.
    static func escape(
        _ bytes: Span<UInt8>, _ at: inout Int, _ tolerance: JSONTolerance
    ) throws(JSONError) -> UInt32 {
        let start = at
        let code = try peek(bytes, at + 1)
        at += 2
        switch code {
        case 0x22, 0x5C, 0x2F: return UInt32(code)
        case 0x62: return 0x08
        case 0x66: return 0x0C
        case 0x6E: return 0x0A
        case 0x72: return 0x0D
        case 0x74: return 0x09
        case 0x75: break
        default: throw JSONError(.escape, at: start)
        }
        let first = try hex4(bytes, &at)
        guard first & 0xF800 == 0xD800 else { return first }
        let behind = at
        if first < 0xDC00, at + 1 < bytes.count, bytes[at] == 0x5C, bytes[at + 1] == 0x75 {
            at += 2
            let second = try hex4(bytes, &at)
            if second & 0xFC00 == 0xDC00 { return 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00) }
        }
        guard tolerance == .anyText else { throw JSONError(.surrogate, at: start) }
        at = behind
        return 0xFFFD
    }

    private static func hex4(_ bytes: Span<UInt8>, _ at: inout Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let byte = try peek(bytes, at)
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x37
            case 0x61...0x66: digit = byte - 0x57
            default: throw JSONError(.escape, at: at)
            }
            value = value << 4 | UInt32(digit)
            at += 1
        }
        return value
    }

    /// One UTF-8 sequence of several bytes.
    private static func multibyte(_ bytes: Span<UInt8>, _ at: inout Int) throws(JSONError) {
        let length = UTF8Check.sequence(bytes, at, bytes.count)
        guard length > 0 else { throw JSONError(.utf8, at: at) }
        at += length
    }

    /// A number whose first character (a digit or a minus) stands at `at`.
    static func number(_ bytes: Span<UInt8>, _ at: inout Int) throws(JSONError) -> NumberToken {
        let start = at
        var isWhole = true
        if bytes[at] == 0x2D { at += 1 }
        let first = try peek(bytes, at)
        guard isDigit(first) else { throw JSONError(.number, at: start) }
        at += 1
        if first != 0x30 {
            digits(bytes, &at)
        } else if at < bytes.count, isDigit(bytes[at]) {
            throw JSONError(.number, at: start)
        }
        if at < bytes.count, bytes[at] == 0x2E {
            isWhole = false
            at += 1
            guard isDigit(try peek(bytes, at)) else { throw JSONError(.number, at: start) }
            digits(bytes, &at)
        }
        if at < bytes.count, bytes[at] | 0x20 == 0x65 {
            isWhole = false
            at += 1
            let sign = try peek(bytes, at)
            if sign == 0x2B || sign == 0x2D { at += 1 }
            guard isDigit(try peek(bytes, at)) else { throw JSONError(.number, at: start) }
            digits(bytes, &at)
        }
        return NumberToken(range: start..<at, isWhole: isWhole)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    private static func digits(_ bytes: Span<UInt8>, _ at: inout Int) {
        while at < bytes.count, isDigit(bytes[at]) { at += 1 }
    }

    /// `true`, `false` or `null`, told by its first letter.
    static func literal(_ bytes: Span<UInt8>, _ at: inout Int) throws(JSONError) {
        let word: StaticString
        switch bytes[at] {
        case 0x74: word = "true"
        case 0x66: word = "false"
        case 0x6E: word = "null"
        default: throw JSONError(startsWord(bytes[at]) ? .literal : .unexpectedByte, at: at)
        }
        let start = at
        for index in 0..<word.utf8CodeUnitCount {
            guard try peek(bytes, at) == word.utf8Start[index] else { throw JSONError(.literal, at: start) }
            at += 1
        }
    }

    private static func startsWord(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
}
