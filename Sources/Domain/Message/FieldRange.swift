/// Where one field's bytes stand in a shared buffer, and what kind of text it is. Eight bytes, so that
/// a row is an array of these beside one buffer and no field is ever copied to be looked at.
package struct FieldRange: Sendable, Hashable {
    /// What the bytes are.
    package enum Kind: UInt32, Sendable {
        /// Text from a CSV cell: nobody said whether `007` is a number.
        case text = 0
        /// A JSON value, still in JSON notation (a number, a list, an object, true, false or null).
        case json = 1
        /// Text that is certainly text: a JSON string, unescaped.
        case string = 2
    }

    package var start: UInt32
    private var lengthAndKind: UInt32

    package init(start: Int, count: Int, kind: Kind = .text) {
        self.start = UInt32(start)
        lengthAndKind = UInt32(count) << 2 | kind.rawValue
    }

    package static let empty = FieldRange(start: 0, count: 0)

    package var count: Int { Int(lengthAndKind >> 2) }
    package var kind: Kind { Kind(rawValue: lengthAndKind & 3) ?? .text }
    package var range: Range<Int> { Int(start)..<Int(start) + count }
    package var isEmpty: Bool { count == 0 }
}

extension Span<FieldRange> {
    /// The first of the columns that is empty in this row, or that the row does not reach.
    func firstEmpty(of columns: [Int]) -> Int? {
        // Plain steps on purpose: Swift 6.3.1 crashes in -O on the same with `for … where` and `||` over a span.
        let count = count
        for column in columns {
            guard column < count else { return column }
            if self[column].isEmpty { return column }
        }
        return nil
    }
}
