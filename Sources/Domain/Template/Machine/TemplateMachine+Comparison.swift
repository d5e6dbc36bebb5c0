extension TemplateMachine {
    mutating func compare(
        _ comparison: Condition.Comparison, _ left: LiquidValue, _ right: LiquidValue
    ) throws(RenderError) -> Bool {
        switch comparison {
        case .equal: try equals(left, right)
        case .notEqual: !(try equals(left, right))
        case .less: try precedes(left, right)
        case .greater: try precedes(right, left)
        case .lessOrEqual: try precedesOrEquals(left, right)
        case .greaterOrEqual: try precedesOrEquals(right, left)
        case .contains: try contains(left, right)
        }
    }

    /// `==` of the template language: like `same`, but true and false equal only themselves, nothing equals
    /// nothing, `empty` and `blank` equal what is, and a cell counts as a number beside a number.
    mutating func equals(_ left: LiquidValue, _ right: LiquidValue) throws(RenderError) -> Bool {
        if left.isEmptyCell || right.isEmptyCell {
            let other = left.isEmptyCell ? right : left
            switch other {
            case .undefined, .null, .missing, .empty, .blank: return true
            case .text(let text): return text.isEmpty
            default: return false
            }
        }
        switch (left, right) {
        case (.undefined, _): return right.isNil
        case (_, .undefined): return left.isNil
        case (.empty, _), (.blank, _): return Self.isNothing(left, right)
        case (_, .empty), (_, .blank): return Self.isNothing(right, left)
        case (.bool(let a), .bool(let b)): return a == b
        case (.bool(let flag), .text(let text)), (.text(let text), .bool(let flag)):
            return text.isUntyped && text.string.lowercased() == (flag ? "true" : "false")
        case (.bool, _), (_, .bool): return false
        case (.text(let text), .int), (.text(let text), .float):
            return try same(Self.asNumber(text) ?? left, right)
        case (.int, .text(let text)), (.float, .text(let text)):
            return try same(left, Self.asNumber(text) ?? right)
        default: return try same(left, right)
        }
    }

    private static func asNumber(_ text: LiquidText) -> LiquidValue? {
        text.isUntyped ? LiquidNumber(text.string)?.value : nil
    }

    private static func isNothing(_ word: LiquidValue, _ value: LiquidValue) -> Bool {
        switch (word, value) {
        case (.empty, .empty), (.blank, .blank): true
        case (.blank, .text(let text)): PythonText.isBlank(text.string)
        default: value.isEmpty
        }
    }

    /// Equality inside lists and in filters, where true is one and false is nothing.
    mutating func same(_ left: LiquidValue, _ right: LiquidValue) throws(RenderError) -> Bool {
        try charge(1)
        switch (left, right) {
        case (.text(let a), .text(let b)):
            guard a.byteCount == b.byteCount else { return false }
            try charge(bytes: a.byteCount)
            return LiquidText.same(a.string, b.string)
        case (.list(let a), .list(let b)), (.pair(let a), .pair(let b)):
            guard a.count == b.count else { return false }
            for (x, y) in zip(a, b) where !(try same(x, y)) { return false }
            return true
        case (.map(let a), .map(let b)):
            guard a.count == b.count else { return false }
            for (key, value) in a {
                guard let other = b[key], try same(value, other) else { return false }
            }
            return true
        case (.range(let a, let b), .range(let c, let d)): return (a == c && b == d) || (b < a && d < c)
        case (.loop(let a), .loop(let b)): return a === b
        case (.moment(let a), .moment(let b)): return a == b
        case (.empty, _), (.blank, _): return Self.isNothing(left, right)
        case (_, .empty), (_, .blank): return Self.isNothing(right, left)
        case (.undefined, _), (.missing, _), (.null, _): return right.isNothing && left.isNothing
        case (_, .undefined), (_, .missing), (_, .null): return false
        default: break
        }
        guard left.isNumber, right.isNumber, let a = LiquidNumber(left), let b = LiquidNumber(right) else {
            return false
        }
        switch (a, b) {
        case (.int(let x), .int(let y)): return x == y
        case (.float(let x), .float(let y)): return x == y
        case (.int(let x), .float(let y)), (.float(let y), .int(let x)): return LiquidNumber.equal(x, y)
        }
    }

    /// `<`: numbers with numbers, text with text; false beside nothing.
    private mutating func precedes(_ left: LiquidValue, _ right: LiquidValue) throws(RenderError) -> Bool {
        if let numbers = Self.numbers(left, right) { return LiquidNumber.less(numbers.0, numbers.1) }
        if case (.text(let a), .text(let b)) = (left, right) {
            try charge(bytes: min(a.byteCount, b.byteCount))
            return LiquidText.precedes(a.string, b.string)
        }
        if left.isNil || right.isNil || Self.hasCell(left, right) { return false }
        throw RenderError(
            .type,
            "'<' and '>' compare numbers with numbers and text with text, not \(left.kindName) with \(right.kindName)")
    }

    /// `<=`: as `<`, but false beside true and false, and `==` for all other kinds.
    private mutating func precedesOrEquals(_ left: LiquidValue, _ right: LiquidValue) throws(RenderError) -> Bool {
        if case .bool = left { return false }
        if case .bool = right { return false }
        if let numbers = Self.numbers(left, right) { return LiquidNumber.lessOrEqual(numbers.0, numbers.1) }
        if case (.text(let a), .text(let b)) = (left, right) {
            try charge(bytes: min(a.byteCount, b.byteCount))
            return !LiquidText.precedes(b.string, a.string)
        }
        if left.isNil || right.isNil || Self.hasCell(left, right) { return false }
        return try equals(left, right)
    }

    private static func hasCell(_ left: LiquidValue, _ right: LiquidValue) -> Bool {
        if case .text(let text) = left, text.isUntyped { return true }
        if case .text(let text) = right, text.isUntyped { return true }
        return false
    }

    /// Both as numbers: two numbers, or at least one cell of a file that reads as one beside a number or such a cell.
    private static func numbers(_ left: LiquidValue, _ right: LiquidValue) -> (LiquidNumber, LiquidNumber)? {
        guard let a = number(left), let b = number(right) else { return nil }
        return (a, b)
    }

    private static func number(_ value: LiquidValue) -> LiquidNumber? {
        if case .text(let text) = value { return text.isUntyped ? LiquidNumber(text.string) : nil }
        return LiquidNumber(value)
    }

    private mutating func contains(_ left: LiquidValue, _ right: LiquidValue) throws(RenderError) -> Bool {
        guard left.isTruthy, right.isTruthy else { return false }
        switch left {
        case .text(let text):
            try charge(bytes: text.byteCount)
            return PythonText.contains(text.string, try self.text(right).string)
        case .list(let items), .pair(let items):
            for item in items where try same(item, right) { return true }
            return false
        case .map(let members):
            switch right {
            case .text(let key): return members[key.string] != nil
            case .list, .map, .pair: throw RenderError(.type, "an object's keys are text, not \(right.kindName)")
            default: return false
            }
        case .loop(let loop):
            guard case .text(let key) = right else { return false }
            return loop[key.string] != nil
        case .range(let low, let high):
            guard let number = right.isNumber ? LiquidNumber(right) : nil else { return false }
            return LiquidNumber.lessOrEqual(.int(low), number) && LiquidNumber.lessOrEqual(number, .int(high))
                && LiquidNumber.truncated(number.double).map { LiquidNumber.equal($0, number.double) } ?? false
        default: throw RenderError(.type, "'contains' looks into text, lists and objects, not into \(left.kindName)")
        }
    }
}

extension LiquidValue {
    /// True and false count as one and nothing.
    var isNumber: Bool {
        switch self {
        case .int, .float, .bool: true
        default: false
        }
    }

    var isNothing: Bool {
        switch self {
        case .undefined, .null, .missing: true
        default: false
        }
    }
}
