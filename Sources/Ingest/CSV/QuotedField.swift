/// A field that starts with a quote: how far it goes and what it needs to be read.
struct QuotedField {
    /// The place of the closing quote.
    var close: Int
    /// Where the field ends: a delimiter, a line end or the end of the text.
    var end: Int
    /// There are doubled quotes inside, or text after the closing quote, so the field isn't one piece of the text.
    var needsEdit: Bool
    /// Line ends inside the quotes, a CRLF counted once.
    var lines: Int
    /// Text other than blanks stands between the closing quote and the end.
    var hasTail: Bool

    /// What the search for the closing quote came to.
    enum Search {
        case closed(QuotedField)
        /// The text ended first.
        case open
    }

    /// Looks for the end of the field whose opening quote stands at `start`. When `isLast` is false, more text
    /// may follow, and a quote at the very end leaves the field open: it may be the first of a doubled one.
    static func search(
        _ text: Span<UInt8>, from start: Int, to end: Int, delimiter: UInt8, isLast: Bool
    ) -> Search {
        let raw = text.bytes
        let marks = StructuralBytes(0x22, 0x0A, 0x0D, 0x22)
        var lines = 0
        var doubled = false
        var at = start + 1
        scan: while at < end {
            var hits = marks.mask(raw, at, end)
            while hits != 0 {
                let here = at + hits.trailingZeroBitCount / 8
                hits &= hits - 1
                if text[here] != 0x22 {
                    if text[here] == 0x0D || text[here - 1] != 0x0D { lines += 1 }
                    continue
                }
                if here + 1 == end, !isLast { return .open }
                if here + 1 < end, text[here + 1] == 0x22 {
                    doubled = true
                    at = here + 2
                    continue scan
                }
                return closed(text, at: here, to: end, delimiter, isLast, doubled, lines)
            }
            at += 8
        }
        return .open
    }

    private static func closed(
        _ text: Span<UInt8>, at close: Int, to end: Int, _ delimiter: UInt8, _ isLast: Bool, _ doubled: Bool,
        _ lines: Int
    ) -> Search {
        var at = close + 1
        var hasTail = false
        while at < end {
            let byte = text[at]
            if byte == delimiter || byte == 0x0A || byte == 0x0D { break }
            if byte != 0x20 && byte != 0x09 { hasTail = true }
            at += 1
        }
        if at == end, !isLast { return .open }
        return .closed(
            QuotedField(close: close, end: at, needsEdit: doubled || at > close + 1, lines: lines, hasTail: hasTail))
    }
}
