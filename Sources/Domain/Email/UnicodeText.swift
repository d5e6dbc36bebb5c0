/// What text beyond ASCII must be like to stand in an address.
enum UnicodeText {
    /// The bytes as text, or nil if they are no UTF-8.
    static func decode(_ input: borrowing Span<UInt8>, _ range: Range<Int>) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for index in range { bytes.append(input[index]) }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Letters, marks, numbers, punctuation and symbols only, and no mark in the first place, where it would
    /// change the sign before it.
    static func isSafe(_ text: String) -> Bool {
        var isFirst = true
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned: return false
            case .spaceSeparator, .lineSeparator, .paragraphSeparator: return false
            case .nonspacingMark, .spacingMark, .enclosingMark: if isFirst { return false }
            default: break
            }
            isFirst = false
        }
        return true
    }
}
