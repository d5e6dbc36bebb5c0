/// Recognises an extension at the end of a number (`ext. 5`, `x123`, `;ext=7`, `,,9`, `- 503#`). The digits of
/// an extension are the last run of digits of the text, so that only what leads to them has to be matched.
struct PhoneExtension {
    typealias Scalars = PhoneText.Scalars

    private static let explicitLabels: [[Unicode.Scalar]] = {
        var labels = ["ｘｔ", "ｘｔｎ", "ｅｘｔ", "ｅｘｔｎ", "доб", "anexo"]
        for first in ["xt", "ext"] {
            for middle in ["", "ensio", "ensio\u{301}", "ensi\u{F3}"] {
                for last in ["", "n"] { labels.append(first + middle + last) }
            }
        }
        return labels.map { Array($0.unicodeScalars) }
    }()

    private static let ambiguousLabels: [[Unicode.Scalar]] =
        ["x", "ｘ", "#", "＃", "~", "～", "int", "ｉｎｔ"].map { Array($0.unicodeScalars) }

    private let text: Scalars
    private let digits: Range<Int>
    private let hasHash: Bool

    /// Nil if the text doesn't end in digits, or in digits and `#`.
    init?(_ text: Scalars) {
        hasHash = text.last == "#"
        let end = hasHash ? text.endIndex - 1 : text.endIndex
        var start = end
        while start > text.startIndex, text[start - 1].decimalDigit != nil { start -= 1 }
        guard start < end else { return nil }
        self.text = text
        digits = start..<end
    }

    /// Where the first extension that reaches the end begins.
    static func start(in text: Scalars) -> Int? {
        guard let end = PhoneExtension(text) else { return nil }
        for index in text.startIndex..<end.digits.lowerBound {
            // A run of spaces matches from its first one or not at all; trying each would be quadratic.
            let isInRun = index > text.startIndex && text[index] == " " && text[index - 1] == " "
            if !isInRun, end.matches(at: index) { return index }
        }
        return nil
    }

    /// Whether everything from here to the end is an extension.
    func matches(at index: Int) -> Bool {
        guard index < digits.lowerBound, text[index].decimalDigit == nil else { return false }
        return matchesRFC3966(index) || matchesLabel(index) || matchesAmericanStyle(index) || matchesCommas(index)
    }

    private func matchesRFC3966(_ index: Int) -> Bool {
        !hasHash && digits.count <= 20 && index + 5 == digits.lowerBound
            && text[index..<digits.lowerBound].elementsEqual(";ext=".unicodeScalars) { $0.foldedForPhone == $1 }
    }

    private func matchesLabel(_ index: Int) -> Bool {
        let label = skip(index) { $0 == " " || $0 == "\u{A0}" || $0 == "\t" || $0 == "," }
        return digits.count <= 20 && Self.explicitLabels.contains { leadsToDigits(after: $0, at: label) }
            || digits.count <= 9 && Self.ambiguousLabels.contains { leadsToDigits(after: $0, at: label) }
    }

    private func matchesAmericanStyle(_ index: Int) -> Bool {
        hasHash && digits.count <= 6 && skip(index) { $0 == " " || $0 == "-" } == digits.lowerBound
    }

    /// `,,5` and `;5` as telephones dial them, and any number of commas.
    private func matchesCommas(_ index: Int) -> Bool {
        let mark = skip(index) { $0 == " " || $0 == "\u{A0}" || $0 == "\t" }
        if text[mark] == ";" { return digits.count <= 15 && reachesDigits(from: mark + 1) }
        let commas = skip(mark) { $0 == "," } - mark
        if digits.count <= 15, commas >= 2, reachesDigits(from: mark + 2) { return true }
        return digits.count <= 9 && commas >= 1 && reachesDigits(from: mark + commas)
    }

    private func leadsToDigits(after label: [Unicode.Scalar], at index: Int) -> Bool {
        index + label.count <= digits.lowerBound
            && text[index..<index + label.count].elementsEqual(label) { $0.foldedForPhone == $1 }
            && reachesDigits(from: index + label.count)
    }

    /// After a label: perhaps a colon or full stop, then spaces, commas and hyphens up to the digits.
    private func reachesDigits(from index: Int) -> Bool {
        let hasMark = text[index] == ":" || text[index] == "." || text[index] == "\u{FF0E}"
        return skip(hasMark ? index + 1 : index) {
            $0 == " " || $0 == "\u{A0}" || $0 == "\t" || $0 == "," || $0 == "-"
        } == digits.lowerBound
    }

    private func skip(_ index: Int, while condition: (Unicode.Scalar) -> Bool) -> Int {
        text[index...].drop(while: condition).startIndex
    }
}
