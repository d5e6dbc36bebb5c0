/// Steps through JSON's values in bytes, checking everything and building nothing. What reads, lists or looks up
/// values does so by these steps, so that all agree on what JSON is.
struct JSONWalk {
    var at = 0
    var tolerance = JSONTolerance.strict

    mutating func skipSpace(_ bytes: Span<UInt8>) { JSONLexer.skipSpace(bytes, &at) }

    /// Steps over the opening bracket; true when the closing one follows at once, which is passed too.
    mutating func isEmpty(_ bytes: Span<UInt8>, closing: UInt8) throws(JSONError) -> Bool {
        at += 1
        skipSpace(bytes)
        guard try JSONLexer.peek(bytes, at) == closing else { return false }
        at += 1
        return true
    }

    /// A key, its colon and the space around them.
    mutating func key(_ bytes: Span<UInt8>) throws(JSONError) -> JSONLexer.StringToken {
        guard try JSONLexer.peek(bytes, at) == 0x22 else { throw JSONError(.key, at: at) }
        let token = try string(bytes)
        skipSpace(bytes)
        guard try JSONLexer.peek(bytes, at) == 0x3A else { throw JSONError(.missingColon, at: at) }
        at += 1
        skipSpace(bytes)
        return token
    }

    mutating func string(_ bytes: Span<UInt8>) throws(JSONError) -> JSONLexer.StringToken {
        try JSONLexer.string(bytes, &at, tolerance)
    }

    /// After a member or an element: true behind a comma, false behind the closing bracket.
    mutating func hasMore(_ bytes: Span<UInt8>, closing: UInt8) throws(JSONError) -> Bool {
        skipSpace(bytes)
        let byte = try JSONLexer.peek(bytes, at)
        guard byte == 0x2C || byte == closing else { throw JSONError(.missingComma, at: at) }
        at += 1
        if byte == closing { return false }
        skipSpace(bytes)
        if try JSONLexer.peek(bytes, at) == closing { throw JSONError(.trailingComma, at: at) }
        return true
    }

    /// Only space may follow.
    mutating func end(_ bytes: Span<UInt8>) throws(JSONError) {
        skipSpace(bytes)
        guard at == bytes.count else { throw JSONError(.trailing, at: at) }
    }

    /// Steps over one value that stands inside `depth` lists and objects.
    mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) -> JSONSlice {
        let start = at
        let kind: JSONSlice.Kind
        switch try JSONLexer.peek(bytes, at) {
        case 0x22:
            let token = try string(bytes)
            return JSONSlice(kind: token.hasEscapes ? .escapedString : .string, range: token.range)
        case 0x7B: kind = .object
        case 0x5B: kind = .array
        case 0x2D, 0x30...0x39: kind = .number
        case 0x74: kind = .true
        case 0x66: kind = .false
        default: kind = .null
        }
        try skipValue(bytes, depth)
        return JSONSlice(kind: kind, range: start..<at)
    }

    /// One bit per open bracket stands for a stack.
    private mutating func skipValue(_ bytes: Span<UInt8>, _ outer: Int) throws(JSONError) {
        var isObject: UInt128 = 0
        var depth = outer
        repeat {
            var isClosed = true
            let first = try JSONLexer.peek(bytes, at)
            switch first {
            case 0x22: _ = try string(bytes)
            case 0x2D, 0x30...0x39: try checkedNumber(bytes)
            case 0x7B, 0x5B:
                depth += 1
                guard depth <= JSON.maximumDepth else { throw JSONError(.depth, at: at) }
                isObject = isObject << 1 | (first == 0x7B ? 1 : 0)
                if try isEmpty(bytes, closing: first == 0x7B ? 0x7D : 0x5D) {
                    depth -= 1
                    isObject >>= 1
                } else {
                    isClosed = false
                    if first == 0x7B { _ = try key(bytes) }
                }
            default: try JSONLexer.literal(bytes, &at)
            }
            while isClosed, depth > outer {
                if try hasMore(bytes, closing: isObject & 1 == 1 ? 0x7D : 0x5D) {
                    isClosed = false
                    if isObject & 1 == 1 { _ = try key(bytes) }
                } else {
                    depth -= 1
                    isObject >>= 1
                }
            }
        } while depth > outer
    }

    /// A number, refused like `JSON.parse` does when it is beyond a double.
    private mutating func checkedNumber(_ bytes: Span<UInt8>) throws(JSONError) {
        let token = try JSONLexer.number(bytes, &at)
        // 300 digits and exponents below 10 can't leave the range: only odd numbers pay for the conversion.
        guard !token.isWhole, Self.mayOverflow(bytes, token.range) else { return }
        guard let value = Double(String(copying: bytes, token.range)), value.isFinite else {
            throw JSONError(.numberTooBig, at: token.range.lowerBound)
        }
    }

    private static func mayOverflow(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        if range.count > 290 { return true }
        for index in range where bytes[index] | 0x20 == 0x65 { return true }
        return false
    }
}
