extension EmailAddress {
    /// Where the address itself stands in what people put into a cell: without blanks and invisible characters
    /// around it, `mailto:`, and `Name <…>`. The strict check takes none of these.
    package static func trimmed(_ input: borrowing Span<UInt8>) -> Range<Int> {
        var range = withoutBlanks(input, 0..<input.count)
        if !range.isEmpty, input[range.upperBound - 1] == 0x3E, let open = lastOpeningBracket(input, range) {
            range = withoutBlanks(input, open + 1..<range.upperBound - 1)
        }
        if let rest = afterMailto(input, range) { range = withoutQuery(input, rest) }
        return range
    }

    private static func lastOpeningBracket(_ input: borrowing Span<UInt8>, _ range: Range<Int>) -> Int? {
        for index in range.reversed() where input[index] == 0x3C { return index }
        return nil
    }

    private static func afterMailto(_ input: borrowing Span<UInt8>, _ range: Range<Int>) -> Range<Int>? {
        let scheme: StaticString = "mailto:"
        guard range.count > scheme.utf8CodeUnitCount else { return nil }
        for offset in 0..<scheme.utf8CodeUnitCount {
            let expected = scheme.utf8Start[offset]
            guard input[range.lowerBound + offset] | 0x20 == expected | 0x20 else { return nil }
        }
        return range.lowerBound + scheme.utf8CodeUnitCount..<range.upperBound
    }

    /// `?subject=…` behind a mailto address. A question mark in front of the @ sign belongs to the mailbox.
    private static func withoutQuery(_ input: borrowing Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var hasAt = false
        for index in range {
            if input[index] == 0x40 { hasAt = true }
            if input[index] == 0x3F, hasAt { return range.lowerBound..<index }
        }
        return range
    }

    private static func withoutBlanks(_ input: borrowing Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var range = range
        while let width = blank(input, range, fromEnd: false) { range = range.lowerBound + width..<range.upperBound }
        while let width = blank(input, range, fromEnd: true) { range = range.lowerBound..<range.upperBound - width }
        return range
    }

    /// The width in bytes of a blank or invisible character at one end.
    private static func blank(_ input: borrowing Span<UInt8>, _ range: Range<Int>, fromEnd: Bool) -> Int? {
        if range.isEmpty { return nil }
        let byte = input[fromEnd ? range.upperBound - 1 : range.lowerBound]
        if byte < 0x80 { return byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) ? 1 : nil }
        if range.count >= 2 {
            let at = fromEnd ? range.upperBound - 2 : range.lowerBound
            let isBlank = input[at] == 0xC2 && (input[at + 1] == 0xA0 || input[at + 1] == 0xAD)  // NBSP, soft hyphen
            if isBlank { return 2 }
        }
        if range.count >= 3 {
            let at = fromEnd ? range.upperBound - 3 : range.lowerBound
            let value = UInt32(input[at]) << 16 | UInt32(input[at + 1]) << 8 | UInt32(input[at + 2])
            switch value {
            case 0xE2_8080...0xE2_808F: return 3  // spaces, zero width, direction marks: U+2000...200F
            case 0xE2_80A8...0xE2_80AF: return 3  // line ends, embeddings, narrow space: U+2028...202F
            case 0xE2_819F...0xE2_81AF: return 3  // U+205F...206F
            case 0xE3_8080, 0xEF_BBBF: return 3  // ideographic space, byte order mark
            default: return nil
            }
        }
        return nil
    }
}
