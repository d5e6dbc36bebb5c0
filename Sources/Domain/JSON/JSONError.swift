/// Why bytes are no JSON, and where. Says nothing of the contents: they may be somebody's data.
package struct JSONError: Error, Hashable, Sendable {
    package enum Reason: String, Sendable {
        case empty = "the text is empty; a JSON value was expected"
        case unexpectedEnd = "the JSON text ends too early"
        case unexpectedByte = "this character can't stand here in JSON"
        case trailing = "there is more text after the JSON value"
        case notAnObject = "a JSON object in braces was expected"
        case notAString = "a JSON string in double quotes was expected"
        case literal = "only true, false and null are written without quotes, in small letters"
        case number = "this is not a number as JSON writes it"
        case numberTooBig = "this number is too big"
        case escape = "this is not an escape that JSON knows"
        case surrogate = "half of a surrogate pair was written as \\u escape; both halves are needed"
        case control = "control characters in a string must be escaped"
        case utf8 = "this is not valid UTF-8"
        case depth = "lists and objects are nested too deep"
        case trailingComma = "a comma is followed by nothing"
        case missingColon = "a colon was expected after the key"
        case missingComma = "a comma or the closing bracket was expected"
        case key = "a key in double quotes was expected"
    }

    package let reason: Reason
    /// Zero-based byte offset.
    package let offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// One-based line and column (in characters) of the fault in the text that was parsed.
    package func position(in bytes: Span<UInt8>) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for index in 0..<min(offset, bytes.count) {
            let byte = bytes[index]
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return (line, column)
    }

    /// `line 2, column 7: a colon was expected after the key`
    package func message(in bytes: [UInt8]) -> String {
        let place = position(in: bytes.span)
        return "line \(place.line), column \(place.column): \(reason.rawValue)"
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String { "byte \(offset + 1): \(reason.rawValue)" }
}
