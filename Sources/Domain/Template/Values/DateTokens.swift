/// Cuts a written date into words, numbers and signs. A dot may separate (`Sep.20.2009`) or belong to a number
/// (`21.447`), which is only known when the run has been seen whole.
enum DateTokens {
    private enum Run {
        case word, number, dottedWord, dottedNumber
    }

    static func split(_ text: String) -> [String] {
        var tokens: [String] = []
        let scalars = text.unicodeScalars.filter { $0 != "\0" }
        var at = scalars.startIndex
        while at < scalars.endIndex {
            let first = scalars[at]
            at = scalars.index(after: at)
            guard var run = isLetter(first) ? Run.word : isDigit(first) ? .number : nil else {
                tokens.append(PythonText.isSpace(first) ? " " : String(first))
                continue
            }
            var token = String(first)
            while at < scalars.endIndex, let next = continued(run, token, scalars[at]) {
                run = next
                token.unicodeScalars.append(scalars[at])
                at = scalars.index(after: at)
            }
            append(token, run, to: &tokens)
        }
        return tokens
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        PythonText.isWord(scalar) && !isDigit(scalar) && scalar != "_"
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar.value &- 0x30 < 10 }

    private static func continued(_ run: Run, _ token: String, _ next: Unicode.Scalar) -> Run? {
        switch run {
        case .word: return isLetter(next) ? .word : next == "." ? .dottedWord : nil
        case .number:
            if isDigit(next) { return .number }
            return next == "." || (next == "," && token.utf8.count >= 2) ? .dottedNumber : nil
        case .dottedWord:
            if next == "." || isLetter(next) { return .dottedWord }
            return isDigit(next) && token.hasSuffix(".") ? .dottedNumber : nil
        case .dottedNumber:
            if next == "." || isDigit(next) { return .dottedNumber }
            return isLetter(next) && token.hasSuffix(".") ? .dottedWord : nil
        }
    }

    private static func append(_ token: String, _ run: Run, to tokens: inout [String]) {
        let isDotted = run == .dottedWord || run == .dottedNumber
        let dots = token.utf8.count { $0 == 0x2E }
        let hasLetters = token.unicodeScalars.contains(where: isLetter)
        guard isDotted, hasLetters || dots > 1 || token.hasSuffix(".") || token.hasSuffix(",") else {
            let hasComma = run == .dottedNumber && dots == 0
            tokens.append(hasComma ? String(token.map { $0 == "," ? "." : $0 }) : token)
            return
        }
        var part = ""
        for character in token {
            if character == "." || character == "," {
                if !part.isEmpty { tokens.append(part) }
                tokens.append(String(character))
                part = ""
            } else {
                part.append(character)
            }
        }
        if !part.isEmpty { tokens.append(part) }
    }
}
