/// Keeps a spreadsheet from running a cell as a formula: a `'` goes in front of text that it would take for one.
/// Names come from users, and a file of ours is opened by somebody else.
package enum FormulaGuard {
    /// Whether text begins, behind blanks, with what starts a formula in some spreadsheet: `= + - @` (their wide forms
    /// do in East Asian ones), a tab, a line end or NUL. `sparingNumbers` lets phone numbers (`+6591234567`) and plain
    /// numbers (`-12.50`) alone, for columns that may hold them.
    package static func needs(_ cell: Span<UInt8>, sparingNumbers: Bool = false) -> Bool {
        guard cell.count > 0 else { return false }
        switch cell[0] {
        case 0x3D, 0x40, 0x09, 0x0A, 0x0D, 0x00: return true
        case 0x2B: return !(sparingNumbers && isDigits(cell, 1..<cell.count))
        case 0x2D: return !(sparingNumbers && isNumber(cell))
        case 0x0B, 0x0C, 0x20, 0x80...: return startsLate(cell)
        default: return false
        }
    }

    /// The same for what begins with a blank or a character beyond ASCII.
    private static func startsLate(_ cell: Span<UInt8>) -> Bool {
        for scalar in String(copying: cell, 0..<cell.count).unicodeScalars {
            switch scalar {
            case "=", "+", "-", "@", "\t", "\r", "\n", "\0", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}": return true
            default: if !scalar.properties.isWhitespace { return false }
            }
        }
        return false
    }

    private static func isDigits(_ cell: Span<UInt8>, _ range: Range<Int>) -> Bool {
        !range.isEmpty && range.allSatisfy { cell[$0] >= 0x30 && cell[$0] <= 0x39 }
    }

    /// A minus, digits, and perhaps a point and more digits.
    private static func isNumber(_ cell: Span<UInt8>) -> Bool {
        guard let point = cell.indices.first(where: { cell[$0] == 0x2E }) else { return isDigits(cell, 1..<cell.count) }
        return isDigits(cell, 1..<point) && isDigits(cell, point + 1..<cell.count)
    }
}
