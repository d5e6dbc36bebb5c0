/// What IDNA 2008 asks of a name beyond its single characters, where libidn2 leaves it to the caller.
enum DomainContext {
    static func allows(_ name: String) -> Bool {
        let labels = name.unicodeScalars.split(separator: ".").map(Array.init)
        return labels.allSatisfy(followsContextRules) && followsBidiRule(labels)
    }

    /// RFC 5892, appendix A.3 to A.9: characters that are allowed in the company of certain others only.
    private static func followsContextRules(_ label: [Unicode.Scalar]) -> Bool {
        label.indices.allSatisfy { index in
            let before = index > 0 ? label[index - 1] : nil
            let after = index + 1 < label.count ? label[index + 1] : nil
            switch label[index].value {
            case 0xB7: return before == "l" && after == "l"
            case 0x375: return after.map(isGreek) ?? false
            case 0x5F3, 0x5F4: return before.map(isHebrew) ?? false
            case 0x30FB: return label.contains(where: isJapanese)
            case 0x660...0x669: return !label.contains { (0x6F0...0x6F9).contains($0.value) }
            default: return true
            }
        }
    }

    /// RFC 5893: beside a label that runs from right to left, every other must begin with a letter, or the two
    /// trade places on the screen. libidn2 looks at each label alone.
    private static func followsBidiRule(_ labels: [[Unicode.Scalar]]) -> Bool {
        let areRightToLeft = labels.map { $0.contains(where: runsRightToLeft) }
        guard areRightToLeft.contains(true) else { return true }
        return zip(labels, areRightToLeft).allSatisfy { label, isRightToLeft in
            isRightToLeft || label.first?.properties.isAlphabetic == true
        }
    }

    private static func isGreek(_ scalar: Unicode.Scalar) -> Bool {
        (0x370...0x3FF).contains(scalar.value) || (0x1F00...0x1FFF).contains(scalar.value)
    }

    private static func isHebrew(_ scalar: Unicode.Scalar) -> Bool {
        (0x591...0x5F4).contains(scalar.value) || (0xFB1D...0xFB4F).contains(scalar.value)
    }

    /// Hiragana, Katakana or Han.
    private static func isJapanese(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3005, 0x3007, 0x3041...0x3096, 0x309D...0x309F, 0x30A1...0x30FA, 0x30FD...0x30FF, 0x31F0...0x31FF: true
        default: scalar.properties.isIdeographic
        }
    }

    private static func runsRightToLeft(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x6F0...0x6F9: false  // Persian digits, which behave like European ones
        case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x10800...0x10FFF, 0x1E800...0x1EFFF:
            scalar.properties.generalCategory != .nonspacingMark
        default: false
        }
    }
}
