extension ExpressionParser {
    /// One condition may join this many tests.
    private static var chainLimit: Int { 500 }

    /// How strongly a comparison binds; all bind to the right.
    private var binding: Int {
        switch kind {
        case .operation("="): 0
        case .operation: 1
        case .keyword("contains"): 2
        default: 0
        }
    }

    /// Tests joined by `and` and `or`, which bind alike and to the right: `a and b or c` is `a and (b or c)`.
    mutating func condition(_ names: inout NameTable) throws(TemplateError) -> Condition {
        var tests = [try comparison(atLeast: 1, &names)]
        var isAnd: [Bool] = []
        while kind == .keyword("and") || kind == .keyword("or") {
            isAnd.append(kind == .keyword("and"))
            advance()
            tests.append(try comparison(atLeast: 1, &names))
            guard tests.count <= Self.chainLimit else { throw error("this condition is too long; split it up") }
        }
        try expectEnd()
        var condition = tests.removeLast()
        while let test = tests.popLast(), let and = isAnd.popLast() {
            condition = and ? .and(test, condition) : .or(test, condition)
        }
        return condition
    }

    private mutating func comparison(
        atLeast minimum: Int, _ names: inout NameTable
    ) throws(TemplateError) -> Condition {
        try descend()
        defer { ascend() }
        switch kind {
        case .openParenthesis: throw error("brackets can't group conditions here; use nested if tags")
        case .keyword("not"): throw error("there is no 'not' here; use unless or !=")
        default: break
        }
        var left = Condition.value(try primitive(&names))
        while binding >= minimum {
            let comparison = self.comparison
            let strength = binding
            let start = offset
            advance()
            let right = try self.comparison(atLeast: strength, &names)
            left = .comparison(comparison, left, right, at: start)
        }
        return left
    }

    private var comparison: Condition.Comparison {
        switch kind {
        case .keyword: .contains
        case .operation("=="): .equal
        case .operation("<"): .less
        case .operation(">"): .greater
        case .operation("<="): .lessOrEqual
        case .operation(">="): .greaterOrEqual
        default: .notEqual
        }
    }
}
