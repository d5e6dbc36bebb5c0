/// One value in a JSON text, as a place in the bytes.
package struct JSONSlice: Sendable, Hashable {
    package enum Kind: UInt8, Sendable {
        /// A string that means its bytes as they stand.
        case string
        /// A string with escapes in it: `JSONText.appendUnescaped` tells what it means.
        case escapedString
        case number
        case `true`
        case `false`
        case null
        case array
        case object
    }

    package var kind: Kind
    /// The value's bytes; for strings the inside of the quotes.
    package var range: Range<Int>

    /// What a string means, and what stands there for a number or a truth value. Nil for lists, objects and null.
    package func text(in bytes: Span<UInt8>) -> [UInt8]? {
        switch kind {
        case .array, .object, .null: return nil
        case .string, .escapedString, .number, .true, .false:
            var text: [UInt8] = []
            text.reserveCapacity(range.count)
            if kind == .escapedString {
                JSONText.appendUnescaped(bytes, range, into: &text)
            } else {
                for index in range { text.append(bytes[index]) }
            }
            return text
        }
    }
}
