extension JSON {
    /// Reads one JSON text (RFC 8259, strict): invalid UTF-8, lone surrogates, numbers beyond a double, nesting beyond
    /// `maximumDepth` and anything after the value are errors; of duplicate keys the last wins.
    package static func parse(_ bytes: Span<UInt8>) throws(JSONError) -> JSON {
        var parser = JSONParser()
        return try parser.document(bytes)
    }

    package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSON { try parse(bytes.span) }

    package static func parse(_ text: String) throws(JSONError) -> JSON { try parse(Array(text.utf8)) }
}

/// Builds the value of a JSON text. Recursion ends at `JSON.maximumDepth`, so hostile nesting costs an error.
private struct JSONParser {
    private var walk = JSONWalk()
    private var depth = 0
    private var scratch: [UInt8] = []

    mutating func document(_ bytes: Span<UInt8>) throws(JSONError) -> JSON {
        walk.skipSpace(bytes)
        guard walk.at < bytes.count else { throw JSONError(.empty, at: 0) }
        let value = try value(bytes)
        try walk.end(bytes)
        return value
    }

    private mutating func value(_ bytes: Span<UInt8>) throws(JSONError) -> JSON {
        let first = try JSONLexer.peek(bytes, walk.at)
        switch first {
        case 0x7B: return try object(bytes)
        case 0x5B: return try array(bytes)
        case 0x22: return .string(text(bytes, try walk.string(bytes)))
        case 0x2D, 0x30...0x39: return try number(bytes)
        default:
            try JSONLexer.literal(bytes, &walk.at)
            return first == 0x6E ? .null : .bool(first == 0x74)
        }
    }

    private mutating func object(_ bytes: Span<UInt8>) throws(JSONError) -> JSON {
        try descend()
        var object = JSONObject()
        if try !walk.isEmpty(bytes, closing: 0x7D) {
            repeat {
                let key = text(bytes, try walk.key(bytes))
                object[key] = try value(bytes)
            } while try walk.hasMore(bytes, closing: 0x7D)
        }
        depth -= 1
        return .object(object)
    }

    private mutating func array(_ bytes: Span<UInt8>) throws(JSONError) -> JSON {
        try descend()
        var items: [JSON] = []
        if try !walk.isEmpty(bytes, closing: 0x5D) {
            repeat { items.append(try value(bytes)) } while try walk.hasMore(bytes, closing: 0x5D)
        }
        depth -= 1
        return .array(items)
    }

    private mutating func descend() throws(JSONError) {
        depth += 1
        guard depth <= JSON.maximumDepth else { throw JSONError(.depth, at: walk.at) }
    }

    private mutating func text(_ bytes: Span<UInt8>, _ token: JSONLexer.StringToken) -> String {
        scratch.removeAll(keepingCapacity: true)
        JSONText.appendUnescaped(bytes, token.range, into: &scratch)
        return String(decoding: scratch, as: UTF8.self)
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(JSONError) -> JSON {
        let token = try JSONLexer.number(bytes, &walk.at)
        let text = String(copying: bytes, token.range)
        if token.isWhole {
            if let whole = Int64(text) { return .int(whole) }
            return .bigInt(text)
        }
        guard let value = Double(text), value.isFinite else {
            throw JSONError(.numberTooBig, at: token.range.lowerBound)
        }
        return .double(value)
    }
}

extension String {
    /// Text from part of a span; bytes that are no UTF-8 become U+FFFD.
    init(copying bytes: Span<UInt8>, _ range: Range<Int>) {
        self = bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
