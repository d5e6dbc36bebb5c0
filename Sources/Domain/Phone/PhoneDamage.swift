/// Recognises what spreadsheets and copying do to phone numbers, and undoes it where one reading is left.
///
/// The rule for certain: the number as it stands can't be one of the default region, not even a mistyped one
/// (its length is impossible there), and exactly one undoing of the damage makes it valid. Everything else is
/// named and left to the person who knows the list.
struct PhoneDamage {
    let reading: PhoneReading
    let policy: PhoneRepairPolicy

    /// Digits without a plus sign in front, which may be gone, as may the first zero. Punctuation between the
    /// digits says that somebody typed them, so that the damage is theirs and not a spreadsheet's.
    func national(_ digits: PhoneDigits, isBare: Bool) -> PhoneVerdict {
        let fault: PhoneFault
        switch reading.read(digits, international: false) {
        case .success(let number): return .valid(number, repair: nil)
        case .failure(let found): fault = found
        }
        guard reading.home != nil, !digits.isEmpty, digits[0] != 0 else { return .fault(fault) }
        let isImpossible = isBare && (fault == .tooLong || fault == .tooShort || fault == .wrongLength)
        let withPlus = digits.count >= 10 ? try? reading.read(digits, international: true).get() : nil
        let withZero = withLeadingZero(digits)
        switch (withPlus, withZero) {
        case (let number?, nil):
            // Too short for home is as likely a lost digit as a lost plus.
            let isCertain = policy == .certain && isImpossible && fault != .tooShort
            return isCertain ? .valid(number, repair: .lostPlus) : .fault(.lostPlus)
        case (nil, let number?):
            return policy == .certain && isImpossible ? .valid(number, repair: .lostZero) : .fault(.lostZero)
        case (.some, .some): return .fault(.lostPlus)
        case (nil, nil): return .fault(fault)
        }
    }

    /// The digits in front of `.0`. libphonenumber would take the zero for one more digit of the number; if
    /// that makes a number as well, it is a stranger's, so then nothing is certain.
    func decimals(_ whole: PhoneDigits) -> PhoneVerdict {
        guard let number = national(whole, isBare: true).number else { return .fault(.decimals) }
        var all = whole
        all.append(0)
        guard policy == .certain, case .failure = reading.read(all, international: false) else {
            return .fault(.decimals)
        }
        return .valid(number, repair: .decimals)
    }

    /// `4.47911123456E+11`, with a comma too. Nil if the text is nothing of the kind.
    func scientific(_ text: borrowing Span<UInt8>) -> PhoneVerdict? {
        guard let (digits, exponent) = Self.scientificNotation(text) else { return nil }
        guard policy == .certain, exponent + 1 == digits.count, exponent >= 6,
            let number = national(digits, isBare: true).number
        else {
            return .fault(.scientificNotation)
        }
        return .valid(number, repair: .scientific)
    }

    private func withLeadingZero(_ digits: PhoneDigits) -> PhoneNumber? {
        var longer = PhoneDigits()
        longer.append(0)
        for index in 0..<digits.count { longer.append(digits[index]) }
        return try? reading.read(longer, international: false).get()
    }

    /// One digit, perhaps a fraction, E and a positive exponent.
    private static func scientificNotation(_ text: borrowing Span<UInt8>) -> (digits: PhoneDigits, exponent: Int)? {
        var digits = PhoneDigits()
        var exponent: Int?
        var exponentDigits = 0
        for index in text.indices {
            let byte = text[index]
            switch byte {
            case 0x30...0x39:
                if let value = exponent {
                    exponentDigits += 1
                    guard exponentDigits <= 2 else { return nil }
                    exponent = value * 10 + Int(byte - 0x30)
                } else {
                    digits.append(byte - 0x30)
                }
            case 0x2E, 0x2C:
                guard digits.count == 1, index == 1, exponent == nil else { return nil }
            case 0x45, 0x65:
                guard digits.count >= 1, exponent == nil, digits.count == 1 || text[1] < 0x30 else { return nil }
                exponent = 0
            case 0x2B:
                guard exponent != nil, exponentDigits == 0 else { return nil }
            default:
                return nil
            }
        }
        guard let exponent, exponentDigits > 0, digits[0] != 0 else { return nil }
        return (digits, exponent)
    }
}
