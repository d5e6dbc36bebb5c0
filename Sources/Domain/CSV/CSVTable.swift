/// A CSV table as RFC 4180 has it: CRLF at line ends, quotes only where they are needed. Text that a spreadsheet would
/// take for a formula gets an apostrophe in front; our own numbers go in as they are, the negative ones too.
package struct CSVTable: Sendable {
    package internal(set) var bytes: [UInt8] = []
    private var isLineStart = true

    package init() {}

    /// Forgets what was written out, so that a table of any length passes through the same memory.
    package mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    package mutating func text(_ value: String) {
        separate()
        let cell = Array(value.utf8)
        CSVCell.append(cell.span, sparingNumbers: false, to: &bytes)
    }

    /// A cell of a column that may hold phone numbers or amounts, which are left alone.
    package mutating func data(_ cell: [UInt8]) {
        separate()
        CSVCell.append(cell.span, sparingNumbers: true, to: &bytes)
    }

    package mutating func number(_ value: some FixedWidthInteger) { number(String(value)) }

    /// An amount or another number in a notation of its own.
    package mutating func number(_ digits: String) {
        separate()
        bytes.append(contentsOf: digits.utf8)
    }

    package mutating func endLine() {
        bytes.append(0x0D)
        bytes.append(0x0A)
        isLineStart = true
    }

    mutating func separate() {
        if !isLineStart { bytes.append(0x2C) }
        isLineStart = false
    }
}
