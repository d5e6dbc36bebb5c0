extension TemplateMachine {
    /// Applies one filter. Input and result are paid for by their size, so no template can grow text or lists
    /// without end.
    mutating func apply(_ call: FilterCall, to left: LiquidValue) throws(RenderError) -> LiquidValue {
        var arguments: [LiquidValue] = []
        for argument in call.arguments { arguments.append(try evaluate(argument)) }
        let allowFalse = try call.allowFalse.map { expression throws(RenderError) in try evaluate(expression) }
        try charge(for: left)
        let result: LiquidValue
        switch call.filter {
        case .abs, .atLeast, .atMost, .ceil, .dividedBy, .floor, .minus, .modulo, .plus, .round, .times:
            result = try number(call.filter, left, arguments.first)
        case .compact, .concat, .find, .findIndex, .first, .has, .join, .last, .map, .reject, .reverse, .sort,
            .sortNatural, .sum, .uniq, .where:
            result = try list(call.filter, left, arguments)
        case .default: result = Self.orDefault(left, arguments.first, allowFalse)
        case .size: result = .int(size(left))
        case .slice: result = try slice(left, arguments)
        case .date: result = try date(left, arguments[0])
        case .json: result = try json(left, arguments.first)
        default: result = try text(call.filter, try textInput(left), arguments)
        }
        try charge(for: result)
        return result
    }

    private mutating func charge(for value: LiquidValue) throws(RenderError) {
        switch value {
        case .text(let text):
            try checkSize(text.byteCount)
            try charge(bytes: text.byteCount)
        case .list(let items): try charge(1 + items.count)
        default: try charge(1)
        }
    }

    /// Nil counts as empty text; everything else is spelled out.
    private func textInput(_ value: LiquidValue) throws(RenderError) -> LiquidText {
        if case .null = value { return LiquidText("") }
        return try text(value)
    }

    private static func orDefault(
        _ value: LiquidValue, _ fallback: LiquidValue?, _ allowFalse: LiquidValue?
    ) -> LiquidValue {
        switch value {
        case .int, .float: return value
        case .bool(false): if case .bool(true) = allowFalse { return value }
        case .undefined, .null, .missing: break
        default: if !value.isEmpty { return value }
        }
        return fallback ?? .string("")
    }

    private func size(_ value: LiquidValue) -> Int128 {
        switch value {
        case .text(let text): Int128(text.string.unicodeScalars.count)
        case .list(let items), .pair(let items): Int128(items.count)
        case .map(let members): Int128(members.count)
        case .range(let low, let high): high - low + 1
        case .loop: Int128(LoopState.memberCount)
        default: 0
        }
    }

    /// Part of a text or a list from a place on; negative places count from the end.
    private mutating func slice(_ value: LiquidValue, _ arguments: [LiquidValue]) throws(RenderError) -> LiquidValue {
        if case .undefined = arguments[0] {
            throw RenderError(.argument, "filter 'slice' needs a whole number to start at")
        }
        let start = try sliceNumber(arguments[0])
        var length: Int128 = 1
        if arguments.count > 1, !arguments[1].isUndefined { length = try sliceNumber(arguments[1]) }
        switch value {
        case .list(let items), .pair(let items):
            return .list(Array(items[Self.sliceRange(start, length, items.count)]))
        case .range: return .list(Array(try sequence(value)[Self.sliceRange(start, length, try sequence(value).count)]))
        default:
            let text = try self.text(value)
            let scalars = text.string.unicodeScalars
            let range = Self.sliceRange(start, length, scalars.count)
            let from = scalars.index(scalars.startIndex, offsetBy: range.lowerBound)
            let to = scalars.index(from, offsetBy: range.count)
            return .text(text.with(String(scalars[from..<to])))
        }
    }

    private func sliceNumber(_ value: LiquidValue) throws(RenderError) -> Int128 {
        if case .float = value { throw RenderError(.argument, "filter 'slice' takes whole numbers") }
        guard let number = wholeNumber(value) else {
            throw RenderError(.argument, "filter 'slice' takes whole numbers, not \(value.kindName)")
        }
        return min(max(number, Int128(Int64.min)), Int128(Int64.max))
    }

    private static func sliceRange(_ start: Int128, _ length: Int128, _ count: Int) -> Range<Int> {
        let count = Int128(count)
        func place(_ index: Int128) -> Int128 { index < 0 ? max(0, index + count) : min(index, count) }
        let end = start + length
        let from = place(start)
        let to = start < 0 && end >= 0 ? count : place(end)
        return Int(from)..<Int(max(from, to))
    }

    private func json(_ value: LiquidValue, _ argument: LiquidValue?) throws(RenderError) -> LiquidValue {
        var indent: Int?
        if let argument, argument.isTruthyNumber {
            guard let number = wholeNumber(argument) else {
                throw RenderError(.argument, "filter 'json' takes the number of spaces to indent by")
            }
            indent = Int(min(max(number, 0), 1000))
        }
        var writer = ValueWriter(limit: settings.outputLimit)
        try writer.appendJSON(value, indent: indent)
        return .string(writer.string)
    }

    private func date(_ value: LiquidValue, _ pattern: LiquidValue) throws(RenderError) -> LiquidValue {
        if value.isUndefined || value.isEmptyCell { return .string("") }
        if pattern.isUndefined { return .text(LiquidText(try text(value).string)) }
        guard let time = try time(value) else { return .string(try text(value).string) }
        guard case .text(let pattern) = pattern else {
            throw RenderError(.argument, "filter 'date' takes a format like \"%d.%m.%Y\"")
        }
        let text = TimeFormat.format(time, pattern.string)
        return .text(LiquidText(text, safe: isHTML && pattern.isSafe))
    }

    private func reckoned(_ seconds: Int64) throws(RenderError) -> CivilTime {
        guard let time = CivilTime(epoch: seconds) else {
            throw RenderError(.argument, "filter 'date' can't reckon with such a big number")
        }
        return time
    }

    /// The time that a value means; nil where it is text or a number that means none.
    private func time(_ value: LiquidValue) throws(RenderError) -> CivilTime? {
        switch value {
        case .moment(let time): return time
        case .int(let seconds): return try Int64(exactly: seconds).map(reckoned)
        case .bool(let flag): return CivilTime(epoch: flag ? 1 : 0)
        case .text(let text):
            guard var today = CivilTime(epoch: settings.now) else { return nil }
            if text.string == "now" || text.string == "today" { return today }
            if !text.isEmpty, text.string.utf8.allSatisfy({ $0 &- 0x30 < 10 }) {
                return try reckoned(Int64(text.string) ?? .max)
            }
            (today.hour, today.minute, today.second) = (0, 0, 0)
            return DateReader.read(text.string, today: today)
        default: throw RenderError(.argument, "filter 'date' takes a date, not \(value.kindName)")
        }
    }
}

extension LiquidValue {
    var isUndefined: Bool { if case .undefined = self { true } else { false } }

    /// Not nil, not false, not zero and not empty.
    fileprivate var isTruthyNumber: Bool {
        switch self {
        case .int(0), .float(0): false
        case .undefined, .null, .bool(false): false
        default: !isEmpty
        }
    }
}
