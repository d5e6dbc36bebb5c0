/// A number of ASCII digits and the usual punctuation, read in one pass over its bytes. What stands in front of
/// the number and what trails it is passed over.
struct PlainPhone {
    var digits = PhoneDigits()
    /// A plus sign leads the digits.
    var international = false
    /// Digits and nothing else, but for blanks around them.
    var isBare = true
    /// `.0` or `.00` follows a run of digits, as spreadsheets and data frames write numbers: how many digits
    /// stand before it.
    var wholeDigits: Int?

    /// Nil if there is anything else in the text, for which the rules are not that simple, or if it is so long
    /// that somebody else should decide.
    init?(_ text: borrowing Span<UInt8>) {
        guard text.count <= PhoneText.longest else { return nil }
        var end = text.count
        while end > 0, Self.trails(text[end - 1]) { end -= 1 }
        var dots = 0
        var marks = 0
        var digitsBeforeDot = 0
        var isZeroAfterDot = true
        var blanksAfterDigits = false
        for index in 0..<end {
            let byte = text[index]
            switch byte {
            case 0x30...0x39:
                if blanksAfterDigits { marks += 1 }
                if byte != 0x30 { isZeroAfterDot = false }
                digits.append(byte - 0x30)
            case 0x20:
                blanksAfterDigits = !digits.isEmpty
            case 0x2E:
                dots += 1
                digitsBeforeDot = digits.count
                isZeroAfterDot = true
            case 0x28, 0x29, 0x2D, 0x2F, 0x5B, 0x5D:
                marks += 1
            case 0x2B:
                guard digits.isEmpty, !international || text[index - 1] == 0x2B else { return nil }
                international = true
            case 0..<0x80 where digits.isEmpty && !international && byte != 0x3B:
                // `Tel:` in front of the number says nothing. `'44…` and `="44…"` are how spreadsheets mark text.
                if byte != 0x22, byte != 0x27, byte != 0x3D { marks += 1 }
            case 0xC2 where index + 1 < end && text[index + 1] == 0xA0, 0xA0 where index > 0 && text[index - 1] == 0xC2:
                blanksAfterDigits = !digits.isEmpty  // a space that doesn't break
            default:
                return nil
            }
        }
        isBare = !international && marks == 0 && dots == 0
        let zeros = digits.count - digitsBeforeDot
        if marks == 0, !international, dots == 1, isZeroAfterDot, zeros >= 1, zeros <= 2, digitsBeforeDot >= 7 {
            wholeDigits = digitsBeforeDot
        }
    }

    /// What libphonenumber drops from the end of a number: anything but letters, digits and `#`.
    private static func trails(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x23, 0x80...0xFF: false
        default: true
        }
    }
}
