/// JSON's notation of text: escaping on the way out, unescaping on the way in, always between byte buffers.
package enum JSONText {
    /// Appends the quoted, escaped form. Only what JSON demands is escaped, so UTF-8 stays readable.
    package static func appendQuoted(_ text: String, into output: inout [UInt8]) {
        output.append(0x22)
        for byte in text.utf8 { appendEscaped(byte, into: &output) }
        output.append(0x22)
    }

    /// The same for bytes that are valid UTF-8.
    package static func appendQuoted(_ bytes: Span<UInt8>, into output: inout [UInt8]) {
        output.append(0x22)
        for index in bytes.indices { appendEscaped(bytes[index], into: &output) }
        output.append(0x22)
    }

    private static func appendEscaped(_ byte: UInt8, into output: inout [UInt8]) {
        switch byte {
        case 0x22, 0x5C:
            output.append(0x5C)
            output.append(byte)
        case 0x0A: output.append(contentsOf: [0x5C, 0x6E])
        case 0x0D: output.append(contentsOf: [0x5C, 0x72])
        case 0x09: output.append(contentsOf: [0x5C, 0x74])
        case 0..<0x20, 0x7F:
            output.append(contentsOf: [0x5C, 0x75, 0x30, 0x30, hexDigit(byte >> 4), hexDigit(byte & 15)])
        default: output.append(byte)
        }
    }

    private static func hexDigit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }

    /// The inside of the one JSON string that makes up the text, white space around it apart.
    package static func string(_ text: Span<UInt8>) throws(JSONError) -> Range<Int> {
        var at = 0
        JSONLexer.skipSpace(text, &at)
        guard at < text.count else { throw JSONError(.empty, at: 0) }
        guard text[at] == 0x22 else { throw JSONError(.notAString, at: at) }
        let token = try JSONLexer.string(text, &at)
        JSONLexer.skipSpace(text, &at)
        guard at == text.count else { throw JSONError(.trailing, at: at) }
        return token.range
    }

    /// Appends what a string means. `range` is the inside of a string that a scanner of this module has checked.
    package static func appendUnescaped(_ bytes: Span<UInt8>, _ range: Range<Int>, into output: inout [UInt8]) {
        var at = range.lowerBound
        while at < range.upperBound {
            let byte = bytes[at]
            if byte != 0x5C {
                output.append(byte)
                at += 1
            } else if let code = try? JSONLexer.escape(bytes, &at, .anyText), let scalar = Unicode.Scalar(code),
                let units = UTF8.encode(scalar)
            {
                output.append(contentsOf: units)
            }
        }
    }
}
