/// Parses what stands inside one `{{ … }}` or `{% … %}`.
struct ExpressionParser {
    /// Values inside values may nest this deep; more is an error, not a crash.
    static let depthLimit = 100

    private let source: TemplateSource
    private let tokens: [ExpressionToken]
    private let endOffset: Int
    private(set) var position = 0
    private var depth = 0

    init(_ source: TemplateSource, in range: Range<Int>) throws(TemplateError) {
        self.source = source
        tokens = try ExpressionLexer.tokens(of: source, in: range)
        endOffset = range.upperBound
    }

    var kind: ExpressionToken.Kind { position < tokens.count ? tokens[position].kind : .end }
    var nextKind: ExpressionToken.Kind { position + 1 < tokens.count ? tokens[position + 1].kind : .end }
    var offset: Int { position < tokens.count ? tokens[position].offset : max(0, endOffset - 1) }

    /// Behind `offset` and its colon stands the word `continue`.
    var continues: Bool { position + 2 < tokens.count && tokens[position + 2].kind == .keyword("continue") }

    /// The source from a token up to the current one.
    func text(from start: Int) -> String {
        let lower = tokens[start].offset
        let upper = position < tokens.count ? tokens[position].offset : endOffset
        return source.text(lower..<upper).filter { !$0.isWhitespace }
    }

    mutating func advance(by count: Int = 1) { position += count }

    mutating func take(_ wanted: ExpressionToken.Kind) -> Bool {
        guard kind == wanted else { return false }
        advance()
        return true
    }

    func error(_ message: String) -> TemplateError { source.error(message, at: offset) }

    mutating func expect(_ wanted: ExpressionToken.Kind, _ message: String) throws(TemplateError) {
        guard take(wanted) else { throw error(message) }
    }

    func expectEnd() throws(TemplateError) {
        guard kind == .end else { throw error("this is not expected here; remove it or check what stands before it") }
    }

    mutating func descend() throws(TemplateError) {
        depth += 1
        guard depth <= Self.depthLimit else { throw error("this expression is nested too deep; split it up") }
    }

    mutating func ascend() { depth -= 1 }

    // MARK: Values

    mutating func primitive(_ names: inout NameTable) throws(TemplateError) -> Expression {
        try descend()
        defer { ascend() }
        switch kind {
        case .keyword("true"): advance(); return .bool(true)
        case .keyword("false"): advance(); return .bool(false)
        case .keyword("nil"), .keyword("null"): advance(); return .null
        case .keyword("empty"): advance(); return .empty
        case .keyword("blank"): advance(); return .blank
        case .string(let text): advance(); return .text(text)
        case .integer(let digits): return .int(try integer(digits))
        case .float(let digits):
            guard let value = Double(digits.hasSuffix(".") ? digits + "0" : digits) else {
                throw error("this is not a number")
            }
            advance()
            return .float(value)
        case .rangeStart:
            advance()
            let low = try primitive(&names)
            try expect(.dots, "a range is written (1..5)")
            let high = try primitive(&names)
            try expect(.closeParenthesis, "a range is written (1..5)")
            return .range(low, high)
        case .word, .member, .openBracket: return .path(try path(&names))
        case .end: throw error("a value or the name of a field is missing here")
        case .keyword(let word):
            throw error("'\(word)' is a word of the template language; write a field of that name as ['\(word)']")
        default: throw error("a value or the name of a field was expected here")
        }
    }

    private mutating func integer(_ digits: String) throws(TemplateError) -> Int128 {
        guard let value = Int128(digits) else { throw error("this number is too long") }
        advance()
        return value
    }

    /// `a.b[0]['c'][d.e]`
    private mutating func path(_ names: inout NameTable) throws(TemplateError) -> Expression.Path {
        try descend()
        defer { ascend() }
        var segments: [Expression.Segment] = []
        loop: while true {
            switch kind {
            case .word(let name):
                segments.append(.member(name))
                if case .word = nextKind {
                    advance()
                    break loop
                }
            case .member(let name):
                segments.append(.member(name))
                try refuseWord()
            case .index(let digits):
                guard let value = Int128(digits) else { throw error("this number is too long") }
                segments.append(.index(value))
                try refuseWord()
            case .openBracket:
                advance()
                segments.append(.computed(.path(try path(&names))))
                guard kind == .closeBracket else { throw error("the bracket is not closed; write ] here") }
                try refuseWord()
            case .dot:
                guard case .word = nextKind else {
                    advance()
                    throw error("a name is expected behind the dot; a list's items are written items[0]")
                }
            default: break loop
            }
            advance()
        }
        guard let first = segments.first else { throw error("the name of a field was expected here") }
        let head: Expression.Head
        switch first {
        case .member(let name): head = .name(names.place(of: name))
        case .computed(let expression): head = .computed(expression)
        case .index: head = .nothing
        }
        return Expression.Path(head: head, segments: Array(segments.dropFirst()))
    }

    private mutating func refuseWord() throws(TemplateError) {
        if case .word = nextKind {
            advance()
            throw error("a dot is missing before this name")
        }
    }

    /// A plain name, as behind `assign`.
    mutating func identifier(allowQuestionMark: Bool = true) throws(TemplateError) -> String {
        switch kind {
        case .integer(let digits):
            advance()
            return Int128(digits).map { "\($0)" } ?? digits
        case .word(let name), .member(let name):
            switch nextKind {
            case .dot, .index, .member, .openBracket: throw error("a plain name without dots is expected here")
            default: break
            }
            guard allowQuestionMark || !name.hasSuffix("?") else { throw error("a name can't end with '?' here") }
            advance()
            return name
        default: throw error("a name is expected here")
        }
    }

    // MARK: Filters

    mutating func filtered(_ names: inout NameTable) throws(TemplateError) -> FilteredExpression {
        let left = try primitive(&names)
        var filters: [FilterCall] = []
        while take(.pipe) { filters.append(try filter(&names)) }
        try expectEnd()
        return FilteredExpression(left: left, filters: filters)
    }

    private mutating func filter(_ names: inout NameTable) throws(TemplateError) -> FilterCall {
        let start = offset
        guard case .word(let name) = kind else { throw error("the name of a filter is expected behind '|'") }
        guard let filter = LiquidFilter(rawValue: name) else {
            throw error("there is no filter '\(name)'\(Self.suggestion(name))")
        }
        advance()
        var call = FilterCall(filter: filter, arguments: [], offset: start)
        if take(.colon) { try arguments(of: &call, &names) }
        guard filter.arguments.contains(call.arguments.count) else {
            throw source.error(Self.arityMessage(filter), at: start)
        }
        return call
    }

    private mutating func arguments(of call: inout FilterCall, _ names: inout NameTable) throws(TemplateError) {
        while true {
            switch kind {
            case .comma:
                advance()
                guard kind != .comma else { throw error("a value is missing between the commas") }
                continue
            case .word(let name) where nextKind == .colon:
                guard call.filter == .default, name == "allow_false" else {
                    throw error("filter '\(call.filter.rawValue)' has no argument named '\(name)'")
                }
                advance()
                advance()
                call.allowFalse = try primitive(&names)
            case _ where startsArgument: call.arguments.append(try primitive(&names))
            default: return
            }
            guard !startsArgument else { throw error("a comma is missing between the values") }
        }
    }

    private var startsArgument: Bool {
        switch kind {
        case .integer, .float, .string, .rangeStart, .openBracket, .openParenthesis, .word: true
        case .keyword(let word): ["true", "false", "nil", "null"].contains(word)
        default: false
        }
    }

    private static func arityMessage(_ filter: LiquidFilter) -> String {
        let range = filter.arguments
        let count =
            range.upperBound == 0
            ? "no value" : range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
        return "filter '\(filter.rawValue)' takes \(count)\(range.upperBound == 0 ? "" : " value(s)") behind a colon"
    }

    private static func suggestion(_ name: String) -> String {
        let start = name.prefix(4).lowercased()
        let near = LiquidFilter.allCases.first { !start.isEmpty && $0.rawValue.hasPrefix(start) }
        return near.map { "; did you mean '\($0.rawValue)'?" } ?? ""
    }
}
