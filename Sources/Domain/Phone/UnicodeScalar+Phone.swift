/// How characters count inside phone numbers.
extension Unicode.Scalar {
    var isASCIILetter: Bool { (value | 0x20) >= 0x61 && (value | 0x20) <= 0x7A }

    /// The value of a decimal digit of any script.
    var decimalDigit: UInt8? {
        // The common blocks first: asking the standard library costs 60 ns a character.
        switch value {
        case 0x30...0x39, 0xFF10...0xFF19: return UInt8(value & 0xF)
        case 0x660...0x669, 0x6F0...0x6F9: return UInt8(value & 0xF)
        case 0..<0x660, 0x1C5A..<0xA620: return nil
        default: break
        }
        guard properties.numericType == .decimal, let digit = properties.numericValue else { return nil }
        return UInt8(digit)
    }

    /// Letters and numbers of any script.
    var isAlphanumeric: Bool {
        if isASCII { return isASCIILetter || decimalDigit != nil }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return properties.numericType != nil
        }
    }

    /// Blanks, direction marks, zero-width and control characters.
    var isInvisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// Marks that may stand between the digits, the star included.
    var isPhonePunctuation: Bool {
        switch value {
        case 0x20, 0x28, 0x29, 0x2A, 0x2D...0x2F, 0x5B, 0x5D, 0x7E: true
        case 0x78, 0x58: true  // x, as a place holder
        case 0xA0, 0xAD, 0x200B, 0x2010...0x2015, 0x2053, 0x2060, 0x2212, 0x223C, 0x3000, 0x30FC: true
        case 0xFF08, 0xFF09, 0xFF0D...0xFF0F, 0xFF3B, 0xFF3D, 0xFF5E: true
        default: false
        }
    }

    /// Lower case, for the scripts in which extensions are labelled, and for the four characters whose lower
    /// case is an ASCII letter.
    var foldedForPhone: Unicode.Scalar {
        switch value {
        case 0x41...0x5A, 0xD3, 0x410...0x42F, 0xFF21...0xFF3A: Unicode.Scalar(value + 0x20) ?? self
        case 0x130, 0x131: "i"
        case 0x17F: "s"
        case 0x212A: "k"
        default: self
        }
    }

    /// The key of a telephone that bears this letter or ASCII digit.
    var keypadDigit: UInt8? {
        switch self {
        case "0"..."9": UInt8(value - 0x30)
        case "a"..."c", "A"..."C": 2
        case "d"..."f", "D"..."F": 3
        case "g"..."i", "G"..."I", "\u{131}": 4
        case "j"..."l", "J"..."L": 5
        case "m"..."o", "M"..."O": 6
        case "p"..."s", "P"..."S", "\u{17F}": 7
        case "t"..."v", "T"..."V": 8
        case "w"..."z", "W"..."Z": 9
        default: nil
        }
    }
}
