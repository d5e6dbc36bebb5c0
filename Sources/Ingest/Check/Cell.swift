import Domain

/// Looks at one cell's bytes without copying them.
package enum Cell {
    /// The cell without white space around it, no-break spaces and zero-width marks included.
    package static func trimmed(_ text: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end {
            let width = blank(text, at: start, end)
            if width == 0 { break }
            start += width
        }
        while start < end {
            let width = blankBefore(text, end, start)
            if width == 0 { break }
            end -= width
        }
        return start..<end
    }

    /// The cell without the `'` that a spreadsheet guard put in front.
    package static func unguarded(_ text: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        guard range.count > 1, text[range.lowerBound] == 0x27 else { return range }
        let rest = range.lowerBound + 1..<range.upperBound
        return FormulaGuard.needs(text.extracting(rest)) ? rest : range
    }

    /// The width of the blank that starts at `at`, or 0: ASCII space and controls of layout, U+00A0, U+200B–U+200F,
    /// U+202F, U+2060, U+3000, U+FEFF.
    private static func blank(_ text: Span<UInt8>, at: Int, _ end: Int) -> Int {
        let byte = text[at]
        if byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) { return 1 }
        if byte == 0xC2, at + 1 < end, text[at + 1] == 0xA0 { return 2 }
        guard byte >= 0xE2, at + 2 < end else { return 0 }
        switch (byte, text[at + 1], text[at + 2]) {
        case (0xE2, 0x80, 0x8B...0x8F), (0xE2, 0x80, 0xAF), (0xE2, 0x81, 0xA0), (0xE3, 0x80, 0x80), (0xEF, 0xBB, 0xBF):
            return 3
        default: return 0
        }
    }

    private static func blankBefore(_ text: Span<UInt8>, _ end: Int, _ start: Int) -> Int {
        if text[end - 1] < 0x80 { return blank(text, at: end - 1, end) }
        if end - 2 >= start, blank(text, at: end - 2, end) == 2 { return 2 }
        if end - 3 >= start, blank(text, at: end - 3, end) == 3 { return 3 }
        return 0
    }
}
