/// The text rules that templates expect: what counts as space, how words split, how case maps. They are those of
/// Python's `str`, because python-liquid is what every template is measured against.
enum PythonText {
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// A letter, a digit or an underscore.
    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: return true
        case 0..<0x80: return false
        default: break
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return scalar.properties.numericType != nil
        }
    }

    static func isBlank(_ text: String) -> Bool { text.unicodeScalars.allSatisfy(isSpace) }

    static func lstrip(_ text: String) -> String {
        String(text.unicodeScalars.drop(while: isSpace))
    }

    static func rstrip(_ text: String) -> String {
        let scalars = text.unicodeScalars
        var end = scalars.endIndex
        while end > scalars.startIndex {
            let before = scalars.index(before: end)
            guard isSpace(scalars[before]) else { break }
            end = before
        }
        return String(scalars[..<end])
    }

    static func strip(_ text: String) -> String { rstrip(lstrip(text)) }

    /// Words between runs of space.
    static func words(_ text: String) -> [String] {
        text.unicodeScalars.split(whereSeparator: isSpace).map { String($0) }
    }

    static func upper(_ text: String) -> String { text.uppercased() }

    static func lower(_ text: String) -> String {
        let lowered = text.lowercased()
        // Only the Greek sigma looks at its neighbours.
        guard text.unicodeScalars.contains("\u{3A3}") else { return lowered }
        return lowerWithSigma(Array(text.unicodeScalars), from: 0)
    }

    static func capitalize(_ text: String) -> String {
        guard let first = text.unicodeScalars.first else { return text }
        let title = first.properties.titlecaseMapping
        guard text.unicodeScalars.contains("\u{3A3}") else {
            return title + String(text.unicodeScalars.dropFirst()).lowercased()
        }
        return title + lowerWithSigma(Array(text.unicodeScalars), from: 1)
    }

    /// A sigma behind a letter and before none is written in its final form.
    private static func lowerWithSigma(_ scalars: [Unicode.Scalar], from start: Int) -> String {
        var result = ""
        // What stands at the nearest place that is not ignored for casing: looked up once per run, so that long
        // runs of ignored marks cost nothing.
        var casedAfter = [Bool](repeating: false, count: scalars.count + 1)
        for index in scalars.indices.reversed() {
            let properties = scalars[index].properties
            casedAfter[index] = properties.isCaseIgnorable ? casedAfter[index + 1] : properties.isCased
        }
        var casedBefore = false
        for (index, scalar) in scalars.enumerated() {
            let properties = scalar.properties
            if index >= start {
                if scalar == "\u{3A3}" {
                    result += casedBefore && !casedAfter[index + 1] ? "\u{3C2}" : "\u{3C3}"
                } else {
                    result += properties.lowercaseMapping
                }
            }
            if !properties.isCaseIgnorable { casedBefore = properties.isCased }
        }
        return result
    }

    /// Places of `needle` (not empty) in `bytes` from left to right without overlap, at most `limit`. Long needles
    /// are searched by Knuth, Morris and Pratt's way, so hostile text costs no more than its length.
    static func places(of needle: [UInt8], in bytes: [UInt8], limit: Int = .max) -> [Int] {
        guard needle.count <= bytes.count, limit > 0 else { return [] }
        let fallback = needle.count > 8 ? fallbacks(needle) : []
        var places: [Int] = []
        var at = 0
        var matched = 0
        while at < bytes.count {
            if fallback.isEmpty {
                matched = 0
                while matched < needle.count, at + matched < bytes.count, bytes[at + matched] == needle[matched] {
                    matched += 1
                }
                if matched < needle.count {
                    at += 1
                    continue
                }
                places.append(at)
                at += needle.count
            } else {
                while matched > 0, bytes[at] != needle[matched] { matched = fallback[matched - 1] }
                if bytes[at] == needle[matched] { matched += 1 }
                at += 1
                guard matched == needle.count else { continue }
                places.append(at - needle.count)
                matched = 0
            }
            if places.count == limit { break }
        }
        return places
    }

    /// For each prefix of the needle the length of its longest own end that is a beginning, too.
    private static func fallbacks(_ needle: [UInt8]) -> [Int] {
        var table = [Int](repeating: 0, count: needle.count)
        var length = 0
        for index in 1..<needle.count {
            while length > 0, needle[index] != needle[length] { length = table[length - 1] }
            if needle[index] == needle[length] { length += 1 }
            table[index] = length
        }
        return table
    }

    static func contains(_ text: String, _ part: String) -> Bool {
        part.isEmpty || !places(of: Array(part.utf8), in: Array(text.utf8), limit: 1).isEmpty
    }
}
