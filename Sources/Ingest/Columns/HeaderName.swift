import Foundation

/// Header names as people write them, made comparable.
enum HeaderName {
    /// The letters and digits of a name, small and without accents: `Téléphone Mobile (1)` is `telephonemobile1`.
    static func key(_ header: String) -> String { words(header).joined() }

    /// The words of a name: `customerMobile_No.` is `customer`, `mobile`, `no`.
    static func words(_ header: String) -> [String] {
        var words: [String] = []
        var word = ""
        var wasSmall = false
        for scalar in header.decomposedStringWithCanonicalMapping.unicodeScalars {
            let properties = scalar.properties
            switch properties.generalCategory {
            case .nonspacingMark, .spacingMark, .enclosingMark, .format: continue
            default: break
            }
            let isLetterOrDigit = properties.isAlphabetic || properties.numericType != nil
            if !isLetterOrDigit || (properties.isUppercase && wasSmall) {
                if !word.isEmpty { words.append(word) }
                word = ""
            }
            if isLetterOrDigit { word += scalar == "ß" ? "ss" : properties.lowercaseMapping }
            wasSmall = properties.isLowercase
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
