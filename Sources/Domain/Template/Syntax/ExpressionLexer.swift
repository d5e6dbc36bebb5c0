/// One word or sign inside `{{ … }}` or `{% … %}`.
struct ExpressionToken: Sendable {
    enum Kind: Hashable, Sendable {
        case word(String)
        /// A word with a meaning of its own where an expression is expected.
        case keyword(String)
        case string(String)
        case integer(String)
        case float(String)
        /// `[0]`
        case index(String)
        /// `['name']`
        case member(String)
        /// A comparison, or `=`.
        case operation(String)
        /// The bracket that opens `(1..n)`.
        case rangeStart
        case dots
        case dot
        case openParenthesis
        case closeParenthesis
        case openBracket
        case closeBracket
        case colon
        case comma
        case pipe
        case doublePipe
        case end
    }

    var kind: Kind
    var offset: Int
}

/// Cuts an expression into tokens.
struct ExpressionLexer {
    private let source: TemplateSource
    private let end: Int
    private var at: Int
    private var lastDots = -1
    /// For each quote sign, where the next one stands that is followed by a closing bracket.
    private var memberEnds: [Unicode.Scalar: [Int]] = [:]

    private static let keywords: Set<String> = [
        "true", "false", "nil", "null", "empty", "blank", "and", "or", "contains", "not", "in", "offset", "limit",
        "reversed", "cols", "continue", "with", "for", "as", "if", "else", "required",
    ]

    static func tokens(of source: TemplateSource, in range: Range<Int>) throws(TemplateError) -> [ExpressionToken] {
        var lexer = ExpressionLexer(source: source, range: range)
        var tokens: [ExpressionToken] = []
        while true {
            while lexer.at < lexer.end, lexer.isBlank(lexer.scalar(lexer.at)) { lexer.at += 1 }
            let offset = lexer.at
            guard offset < lexer.end else { break }
            tokens.append(ExpressionToken(kind: try lexer.next(), offset: offset))
        }
        return tokens
    }

    private init(source: TemplateSource, range: Range<Int>) {
        self.source = source
        at = range.lowerBound
        end = range.upperBound
        var index = end - 2
        while index >= at {
            if source.has((".", "."), at: index) {
                lastDots = index
                break
            }
            index -= 1
        }
    }

    private func scalar(_ index: Int) -> Unicode.Scalar { index < end ? source.scalars[index] : "\0" }

    private func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\n" || scalar == "\t" || scalar == "\r"
    }

    private func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar.value &- 0x30 < 10 }

    private mutating func next() throws(TemplateError) -> ExpressionToken.Kind {
        let start = at
        let first = scalar(at)
        at += 1
        switch first {
        case "(": return lastDots >= start + 2 ? .rangeStart : .openParenthesis
        case ")": return .closeParenthesis
        case "[": return bracket(start)
        case "]": return .closeBracket
        case ":": return .colon
        case ",": return .comma
        case "|":
            guard scalar(at) == "|", at < end else { return .pipe }
            at += 1
            return .doublePipe
        case "\"", "'":
            guard let close = source.scalars[at..<end].firstIndex(of: first) else {
                throw source.error("this text is not closed; write the same quote behind it", at: start)
            }
            defer { at = close + 1 }
            return .string(source.text(at..<close))
        case "!", "=", "<", ">": return try operation(start)
        case ".":
            guard at < end, scalar(at) == "." else { return .dot }
            at += 1
            return .dots
        default:
            at = start
            if let number = number() { return number }
            return try word()
        }
    }

    private mutating func operation(_ start: Int) throws(TemplateError) -> ExpressionToken.Kind {
        if at < end, ["!", "=", "<", ">"].contains(scalar(at)) { at += 1 }
        let text = source.text(start..<at)
        switch text {
        case "==", "!=", "<>", "<", ">", "<=", ">=", "=": return .operation(text)
        default: throw source.error("'\(text)' is no comparison; use ==, !=, <, >, <= or >=", at: start)
        }
    }

    /// `-?digits`, with a point and digits or at a word's end.
    private mutating func number() -> ExpressionToken.Kind? {
        let start = at
        var index = at
        if scalar(index) == "-" { index += 1 }
        let digits = index
        while index < end, isDigit(scalar(index)) { index += 1 }
        guard index > digits else { return nil }
        if index < end, scalar(index) == ".", !(index + 1 < end && scalar(index + 1) == ".") {
            index += 1
            while index < end, isDigit(scalar(index)) { index += 1 }
            at = index
            return .float(source.text(start..<index))
        }
        guard index == end || !PythonText.isWord(scalar(index)) else { return nil }
        at = index
        return .integer(source.text(start..<index))
    }

    private mutating func word() throws(TemplateError) -> ExpressionToken.Kind {
        let start = at
        guard PythonText.isWord(scalar(at)) else {
            throw source.error("this character can't stand here", at: at)
        }
        while at < end, PythonText.isWord(scalar(at)) || scalar(at) == "-" { at += 1 }
        if at < end, scalar(at) == "?" { at += 1 }
        let text = source.text(start..<at)
        return Self.keywords.contains(text) ? .keyword(text) : .word(text)
    }

    /// `[0]`, `['name']`, or only the bracket.
    private mutating func bracket(_ start: Int) -> ExpressionToken.Kind {
        var index = skipSpace(at)
        let first = scalar(index)
        if index < end, first == "\"" || first == "'" {
            let close = memberEnd(first, from: index + 1)
            guard close < end else { return .openBracket }
            at = skipSpace(close + 1) + 1
            return .member(source.text(index + 1..<close))
        }
        let numberStart = index
        if first == "-" { index += 1 }
        let digits = index
        while index < end, isDigit(scalar(index)) { index += 1 }
        let close = skipSpace(index)
        guard index > digits, close < end, scalar(close) == "]" else { return .openBracket }
        at = close + 1
        return .index(source.text(numberStart..<index))
    }

    private func skipSpace(_ index: Int) -> Int { min(source.skipSpace(index), end) }

    /// Where the quote stands that ends a member, or `end`. Worked out once for all brackets of the expression.
    private mutating func memberEnd(_ quote: Unicode.Scalar, from: Int) -> Int {
        if memberEnds[quote] == nil {
            var next = [Int](repeating: end, count: end + 1)
            var closes = false
            for index in stride(from: end - 1, through: 0, by: -1) {
                next[index] = next[index + 1]
                let scalar = source.scalars[index]
                if scalar == quote, closes { next[index] = index }
                if scalar == "]" { closes = true } else if !PythonText.isSpace(scalar) { closes = false }
            }
            memberEnds[quote] = next
        }
        return memberEnds[quote]?[from] ?? end
    }
}
