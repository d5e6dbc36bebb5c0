/// Finds the number in a text as people write it: letters, extensions, `tel:` links, digits and punctuation of
/// other scripts. Follows libphonenumber's rules. Plain digits and punctuation, which is nearly all of a
/// campaign, never come here: `PhoneTable` reads them straight from the bytes.
struct PhoneText {
    typealias Scalars = ArraySlice<Unicode.Scalar>

    /// Longer texts are not searched for a number.
    static let longest = 250

    /// What the text says: its digits, and whether a plus sign leads them.
    struct Found {
        var digits: PhoneDigits
        var international: Bool
    }

    let text: [Unicode.Scalar]

    func find() -> Result<Found, PhoneFault> {
        if text.count > Self.longest { return .failure(.tooLong) }
        guard let candidate = candidate(), Self.isViable(candidate) else { return .failure(whyNot()) }
        let extent = PhoneExtension.start(in: candidate)
        var number = candidate
        if let extent, Self.isViable(candidate[..<extent]) { number = candidate[..<extent] }
        let rest = number.drop(while: Self.isPlus)
        return .success(Found(digits: Self.digits(rest), international: rest.startIndex > number.startIndex))
    }

    /// The text without blanks and characters that leave no mark, or nil if there are none.
    func withoutInvisible() -> String? {
        var visible = String.UnicodeScalarView()
        for scalar in text where !scalar.isInvisible { visible.append(scalar) }
        return visible.count < text.count ? String(visible) : nil
    }

    // MARK: Finding the part that is a number

    private func candidate() -> Scalars? {
        // The parameters of a `tel:` link; nearly no text has any, and looking for one costs.
        guard text.contains(";") else { return extracted() }
        var number: Scalars
        if let at = text.firstRange(of: Self.scalars(";phone-context="))?.lowerBound {
            let context = text[(at + 15)...].prefix { $0 != ";" }
            guard Self.isPhoneContext(context) else { return nil }
            let from = text.firstRange(of: Self.scalars("tel:"))?.upperBound ?? 0
            let local = from < at ? text[from..<at] : []
            number = context.first == "+" ? Scalars(Array(context + local)) : local
        } else {
            number = extracted()
        }
        if let subaddress = number.firstRange(of: Self.scalars(";isub="))?.lowerBound,
            subaddress > number.startIndex
        {
            number = number[..<subaddress]
        }
        return number
    }

    /// From the first plus or digit, without what trails, and without a second number (`x302/x2303`).
    private func extracted() -> Scalars {
        var number = text[...].drop { !Self.isPlus($0) && $0.decimalDigit == nil }
        while let last = number.last, last != "#", !last.isAlphanumeric { number.removeLast() }
        for index in number.indices where number[index] == "/" || number[index] == "\\" {
            if number[(index + 1)...].drop(while: { $0 == " " }).first == "x" { return number[..<index] }
        }
        return number
    }

    /// A global number (`+65`) or a domain name.
    private static func isPhoneContext(_ context: Scalars) -> Bool {
        if context.first == "+" {
            let rest = context.dropFirst()
            return rest.contains { $0.decimalDigit != nil }
                && rest.allSatisfy { $0.decimalDigit != nil || "-.()".unicodeScalars.contains($0) }
        }
        var labels = context.split(separator: ".", omittingEmptySubsequences: false)
        if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
        let areLabels = labels.allSatisfy { label in
            guard let first = label.first, let last = label.last, first != "-", last != "-" else { return false }
            return label.allSatisfy { $0 == "-" || $0.isASCIILetter || $0.decimalDigit != nil }
        }
        return areLabels && labels.last?.first?.isASCIILetter == true
    }

    // MARK: Judging it

    /// At least three digits among punctuation, then digits, letters and punctuation, then perhaps an
    /// extension; or exactly two digits.
    static func isViable(_ number: Scalars) -> Bool {
        if number.count == 2, number.allSatisfy({ $0.decimalDigit != nil }) { return true }
        var at = number.drop(while: isPlus).startIndex
        var digits = 0
        while at < number.endIndex, digits < 3 {
            if number[at].decimalDigit != nil {
                digits += 1
            } else if !number[at].isPhonePunctuation {
                return false
            }
            at += 1
        }
        guard digits == 3 else { return false }
        let body = number[at...].prefix {
            $0.decimalDigit != nil || $0.isPhonePunctuation || $0.foldedForPhone.isASCIILetter
        }
        if body.endIndex == number.endIndex { return true }
        guard let end = PhoneExtension(number) else { return false }
        return (at...body.endIndex).contains(where: end.matches)
    }

    private func whyNot() -> PhoneFault {
        if !text.contains(where: { !$0.properties.isWhitespace }) { return .missing }
        if !text.contains(where: { $0.decimalDigit != nil }) {
            return text.contains { $0.properties.isAlphabetic } ? .letters : .notANumber
        }
        // Two numbers are two runs of at least six digits with a mark between that no number contains.
        let parts = text.split { $0 == "," || $0 == ";" || $0 == "/" || $0 == "|" || $0 == "+" || $0 == "\n" }
        let numbers = parts.filter { part in part.count { $0.decimalDigit != nil } >= 6 }
        if numbers.count > 1 { return .severalNumbers }
        return text.contains { $0.properties.isAlphabetic } ? .letters : .notANumber
    }

    // MARK: Reading its digits

    /// Three letters or more make a vanity number (1-800-FLOWERS); fewer are dropped.
    private static func digits(_ number: Scalars) -> PhoneDigits {
        var digits = PhoneDigits()
        if number.count(where: \.isASCIILetter) >= 3 {
            for scalar in number {
                if let digit = scalar.keypadDigit { digits.append(digit) }
            }
        } else {
            for scalar in number {
                if let digit = scalar.decimalDigit { digits.append(digit) }
            }
        }
        return digits
    }

    private static func isPlus(_ scalar: Unicode.Scalar) -> Bool { scalar == "+" || scalar == "\u{FF0B}" }

    private static func scalars(_ text: String) -> [Unicode.Scalar] { Array(text.unicodeScalars) }
}
