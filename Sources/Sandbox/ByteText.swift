import Domain

/// JSON and decimals appended to bytes.
extension [UInt8] {
    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(decimal number: Int64) { append(contentsOf: String(number).utf8) }

    /// A JSON string.
    mutating func append(jsonString bytes: [UInt8]) { JSONText.appendQuoted(bytes.span, into: &self) }
}
