extension TemplateMachine {
    mutating func evaluate(_ expression: FilteredExpression) throws(RenderError) -> LiquidValue {
        var value = try evaluate(expression.left)
        for call in expression.filters {
            do throws(RenderError) {
                value = try apply(call, to: value)
            } catch {
                throw error.at(program.source.place(call.offset))
            }
        }
        return value
    }

    mutating func evaluate(_ expression: Expression) throws(RenderError) -> LiquidValue {
        switch expression {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .float(let value): return .float(value)
        case .text(let text): return .text(LiquidText(text, safe: isHTML))
        case .empty: return .empty
        case .blank: return .blank
        case .path(let path): return try evaluate(path)
        case .range(let low, let high):
            let start = wholeNumber(try evaluate(low)) ?? 0
            let end = wholeNumber(try evaluate(high)) ?? 0
            return start > end ? .range(0, -1) : .range(start, end)
        }
    }

    /// The steps of a path are all worked out, even where an early one leads nowhere.
    private mutating func evaluate(_ path: Expression.Path) throws(RenderError) -> LiquidValue {
        var value: LiquidValue
        switch path.head {
        case .name(let name): value = variable(name)
        case .computed(let expression):
            guard case .text(let name) = try evaluate(expression) else { return .undefined }
            value = variable(named: name.string)
        case .nothing: return .undefined
        }
        for segment in path.segments {
            try charge(1)
            switch segment {
            case .member(let name): value = try member(of: value, name)
            case .index(let index): value = Self.item(of: value, index)
            case .computed(let expression):
                switch try evaluate(expression) {
                case .text(let name): value = try member(of: value, name.string)
                case .int(let index): value = Self.item(of: value, index)
                case .bool(let flag): value = Self.item(of: value, flag ? 1 : 0)
                default: value = .undefined
                }
            }
        }
        return value
    }

    private mutating func member(of value: LiquidValue, _ name: String) throws(RenderError) -> LiquidValue {
        switch value {
        case .map(let members):
            if let member = members[name] { return member }
            if name == "size" { return .int(Int128(members.count)) }
            if name == "first", !members.isEmpty { return .pair([.string(members.keys[0]), members.values[0]]) }
        case .loop(let loop):
            if let member = loop[name] { return member }
            if name == "size" { return .int(Int128(LoopState.memberCount)) }
        case .list(let items), .pair(let items):
            if name == "size" { return .int(Int128(items.count)) }
            if name == "first" { return items.first ?? .undefined }
            if name == "last" { return items.last ?? .undefined }
        case .range(let low, let high):
            if name == "size" { return .int(high - low + 1) }
            if high >= low, name == "first" { return .int(low) }
            if high >= low, name == "last" { return .int(high) }
        case .text(let text):
            if name == "size" {
                try charge(bytes: text.byteCount)
                return .int(Int128(text.string.unicodeScalars.count))
            }
        default: break
        }
        return .undefined
    }

    /// An item by its place; negative places count from the end.
    private static func item(of value: LiquidValue, _ index: Int128) -> LiquidValue {
        switch value {
        case .list(let items), .pair(let items):
            let place = index < 0 ? index + Int128(items.count) : index
            return place >= 0 && place < Int128(items.count) ? items[Int(place)] : .undefined
        case .range(let low, let high):
            let count = high - low + 1
            let place = index < 0 ? index + count : index
            return place >= 0 && place < count ? .int(low + place) : .undefined
        default: return .undefined
        }
    }

    /// A whole number from a number or from text that reads as one; nil where it is none.
    func wholeNumber(_ value: LiquidValue) -> Int128? {
        switch value {
        case .int(let value): value
        case .bool(let value): value ? 1 : 0
        case .float(let value): LiquidNumber.truncated(value)
        case .text(let text): LiquidNumber.wholeNumber(text.string)
        case .undefined: 0
        default: nil
        }
    }

    // MARK: Conditions

    mutating func test(_ condition: Condition) throws(RenderError) -> Bool {
        var condition = condition
        while true {
            try charge(1)
            switch condition {
            case .value(let expression):
                if let holds = quickTest(expression) { return holds }
                return try evaluate(expression).isTruthy
            case .and(let left, let right):
                if !(try test(left)) { return false }
                condition = right
            case .or(let left, let right):
                if try test(left) { return true }
                condition = right
            case .comparison(let comparison, let left, let right, let offset):
                do throws(RenderError) {
                    return try compare(comparison, try operand(left), try operand(right))
                } catch {
                    throw error.at(program.source.place(offset))
                }
            }
        }
    }

    /// A plain field of a row needs no look at its value to be tested.
    private func quickTest(_ expression: Expression) -> Bool? {
        guard case .row(let row) = data, case .path(let path) = expression, path.segments.isEmpty,
            case .name(let name) = path.head, !program.ownNames.contains(name), !program.isBuiltIn(name)
        else { return nil }
        return row.isTruthy(name)
    }

    private mutating func operand(_ condition: Condition) throws(RenderError) -> LiquidValue {
        if case .value(let expression) = condition { return try evaluate(expression) }
        return .bool(try test(condition))
    }

    /// How many of the values of a `when` equal the case.
    mutating func matches(_ test: Program.CaseTest) throws(RenderError) -> Int {
        let left = try evaluate(test.left)
        var count = 0
        for value in test.values where try equals(left, try evaluate(value)) { count += 1 }
        return count
    }
}
