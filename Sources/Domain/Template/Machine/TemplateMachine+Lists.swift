extension TemplateMachine {
    /// Filters on lists. What is no list counts as a list of one.
    mutating func list(
        _ filter: LiquidFilter, _ left: LiquidValue, _ arguments: [LiquidValue]
    ) throws(RenderError) -> LiquidValue {
        switch filter {
        case .first: return Self.end(left, first: true)
        case .last: return Self.end(left, first: false)
        default: break
        }
        let items = try sequence(left)
        switch filter {
        case .join: return .text(try joined(items, arguments.first))
        case .reverse: return .list(items.reversed())
        case .concat:
            switch arguments[0] {
            case .list(let more), .pair(let more): return .list(items + more)
            default: throw RenderError(.argument, "filter 'concat' takes a list, not \(arguments[0].kindName)")
            }
        case .map: return try mapped(items, arguments[0])
        case .sort: return try sorted(items, arguments.first)
        case .sortNatural: return try sortedNaturally(items, arguments.first)
        case .uniq: return .list(try unique(items, arguments.first))
        case .compact: return .list(try compacted(items, arguments.first))
        case .sum: return try sum(items, arguments.first)
        default: return try selected(filter, items, arguments)
        }
    }

    /// The items, with lists inside lists laid flat.
    mutating func sequence(_ value: LiquidValue) throws(RenderError) -> [LiquidValue] {
        switch value {
        case .list(let items), .pair(let items):
            var flat: [LiquidValue] = []
            try flatten(items, 5, into: &flat)
            return flat
        case .undefined: return []
        case .range(let low, let high):
            guard high >= low else { return [] }
            try charge(Int(clamping: high - low))
            return (0...Int(high - low)).map { .int(low + Int128($0)) }
        default: return [value]
        }
    }

    private mutating func flatten(
        _ items: [LiquidValue], _ level: Int, into flat: inout [LiquidValue]
    ) throws(RenderError) {
        for item in items {
            try charge(1)
            switch item {
            case .list(let inner) where level > 0, .pair(let inner) where level > 0:
                try flatten(inner, level - 1, into: &flat)
            default: flat.append(item)
            }
        }
    }

    private static func end(_ value: LiquidValue, first: Bool) -> LiquidValue {
        switch value {
        case .list(let items), .pair(let items): return (first ? items.first : items.last) ?? .null
        case .map(let members):
            guard first, !members.isEmpty else { return .null }
            return .pair([.string(members.keys[0]), members.values[0]])
        case .range(let low, let high): return high < low ? .null : .int(first ? low : high)
        case .undefined: return .undefined
        default: return .null
        }
    }

    private mutating func joined(_ items: [LiquidValue], _ argument: LiquidValue?) throws(RenderError) -> LiquidText {
        var separator = try argument.map { value throws(RenderError) in try text(value) } ?? LiquidText(" ")
        if isHTML, separator.string == " " { separator.isSafe = true }
        var result: [UInt8] = []
        for (index, item) in items.enumerated() {
            if index > 0 { result += separator.string.utf8 }
            let text = try self.text(item)
            result += (separator.isSafe ? text.escaped : text).string.utf8
            try checkSize(result.count)
        }
        return LiquidText(String(decoding: result, as: UTF8.self), safe: separator.isSafe)
    }

    // MARK: Members

    /// What `member` finds in an item.
    private enum Found {
        case value(LiquidValue)
        case nothing
        /// The item is nil: then the filter's whole result is nil.
        case nilItem
    }

    private mutating func member(_ key: LiquidValue, of item: LiquidValue) throws(RenderError) -> Found {
        switch (item, key) {
        case (.map(let members), .text(let name)): return members[name.string].map { .value($0) } ?? .nothing
        case (.map, _): return .nothing
        case (.loop(let loop), .text(let name)): return loop[name.string].map { .value($0) } ?? .nothing
        case (.null, _): return .nilItem
        case (.text(let text), .text(let name)):
            try charge(bytes: text.byteCount)
            return PythonText.contains(text.string, name.string) ? .value(key) : .nothing
        case (.text(let text), .int(let index)):
            let scalars = Array(text.string.unicodeScalars)
            let place = index < 0 ? index + Int128(scalars.count) : index
            guard place >= 0, place < Int128(scalars.count) else { return .nothing }
            return .value(.string(String(scalars[Int(place)])))
        case (.text, _), (.list, _), (.pair, _), (.range, _), (.undefined, _): return .nothing
        case (.int(let number), .int(let other)): return .value(.bool(number == other))
        case (.bool(let flag), .int(let other)): return .value(.bool((flag ? 1 : 0) == other))
        default: throw RenderError(.type, "\(item.kindName) in this list has no members")
        }
    }

    private func keyText(_ key: LiquidValue) throws(RenderError) -> LiquidValue { .string(try text(key).string) }

    private mutating func mapped(_ items: [LiquidValue], _ key: LiquidValue) throws(RenderError) -> LiquidValue {
        let key = try keyText(key)
        var result: [LiquidValue] = []
        for item in items {
            switch try member(key, of: item) {
            case .value(let value): result.append(value)
            case .nothing: result.append(.missing)
            case .nilItem: return .null
            }
        }
        return .list(result)
    }

    /// `where`, `reject`, `find`, `find_index`, `has`.
    private mutating func selected(
        _ filter: LiquidFilter, _ items: [LiquidValue], _ arguments: [LiquidValue]
    ) throws(RenderError) -> LiquidValue {
        let key = arguments[0]
        if filter == .reject, key.isNil { return .list([]) }
        let wanted = arguments.count > 1 && !arguments[1].isNil ? arguments[1] : nil
        var chosen: [LiquidValue] = []
        for (index, item) in items.enumerated() {
            var value = LiquidValue.null
            switch try member(key, of: item) {
            case .value(let found): value = found
            case .nothing: break
            case .nilItem: return .null
            }
            var fits = false
            if let wanted {
                fits = try same(value, wanted)
            } else {
                fits = value.isNothing ? false : !(try same(value, .bool(false)))
            }
            guard fits != (filter == .reject) else { continue }
            switch filter {
            case .find: return item
            case .findIndex: return .int(Int128(index))
            case .has: return .bool(true)
            default: chosen.append(item)
            }
        }
        switch filter {
        case .find, .findIndex: return .null
        case .has: return .bool(false)
        default: return .list(chosen)
        }
    }

    private mutating func unique(_ items: [LiquidValue], _ key: LiquidValue?) throws(RenderError) -> [LiquidValue] {
        var result: [LiquidValue] = []
        var seen: [LiquidValue?] = []
        for item in items {
            var value: LiquidValue? = item
            if let key, !key.isNull {
                guard case .map(let members) = item else {
                    throw RenderError(.type, "\(item.kindName) in this list has no members")
                }
                value = nil
                if case .text(let name) = key { value = members[name.string] }
            }
            var isNew = true
            for other in seen {
                if let value, let other {
                    isNew = !(try same(value, other))
                } else {
                    isNew = value != nil || other != nil
                }
                if !isNew { break }
            }
            guard isNew else { continue }
            seen.append(value)
            result.append(item)
        }
        return result
    }

    private mutating func compacted(_ items: [LiquidValue], _ key: LiquidValue?) throws(RenderError) -> [LiquidValue] {
        guard let key, !key.isNull else { return items.filter { !$0.isNull } }
        var result: [LiquidValue] = []
        for item in items {
            guard case .map(let members) = item, case .text(let name) = key, let value = members[name.string] else {
                throw RenderError(.type, "an item of this list has no such member")
            }
            if !value.isNull { result.append(item) }
        }
        return result
    }

    private mutating func sum(_ items: [LiquidValue], _ key: LiquidValue?) throws(RenderError) -> LiquidValue {
        var total = LiquidValue.int(0)
        for item in items {
            var value = item
            if let key, !key.isNil {
                switch try member(key, of: item) {
                case .value(let found): value = found
                case .nothing: value = .int(0)
                case .nilItem: return .null
                }
            }
            if case .text(let text) = value, LiquidNumber(text.string) == nil {
                throw RenderError(.argument, "filter 'sum' met text that is no number")
            }
            if case .bool(let flag) = value { value = .int(flag ? 1 : 0) }
            total = try number(.plus, total, value)
        }
        return total
    }

    // MARK: Order

    private func isUsable(_ key: LiquidValue?) -> LiquidValue? {
        guard let key, key.isTruthy, !key.isEmpty else { return nil }
        if case .int(0) = key { return nil }
        return key
    }

    /// Items without the member go to the end.
    private mutating func keys(
        of items: [LiquidValue], _ key: LiquidValue
    ) throws(RenderError) -> [LiquidValue]? {
        let key = try keyText(key)
        var keys: [LiquidValue] = []
        for item in items {
            switch try member(key, of: item) {
            case .value(let value): keys.append(value)
            case .nothing: keys.append(.string("\u{10FFFF}"))
            case .nilItem: return nil
            }
        }
        return keys
    }

    private mutating func sorted(_ items: [LiquidValue], _ key: LiquidValue?) throws(RenderError) -> LiquidValue {
        var keys = items
        if let key = isUsable(key) {
            guard let found = try self.keys(of: items, key) else { return .null }
            keys = found
        }
        try checkComparable(keys)
        return .list(try ordered(items, by: keys))
    }

    private mutating func sortedNaturally(_ items: [LiquidValue], _ key: LiquidValue?) throws(RenderError)
        -> LiquidValue
    {
        var keys = items
        if let key = isUsable(key) {
            guard let found = try self.keys(of: items, key) else { return .null }
            keys = found
        }
        var lowered: [LiquidValue] = []
        for value in keys { lowered.append(.string(PythonText.lower(try text(value).string))) }
        return .list(try ordered(items, by: lowered))
    }

    /// Only numbers or only text can be put in order; a single item always can.
    private func checkComparable(_ keys: [LiquidValue]) throws(RenderError) {
        guard keys.count > 1 else { return }
        let areNumbers = keys.allSatisfy(\.isNumber)
        let areTexts = keys.allSatisfy { if case .text = $0 { true } else { false } }
        guard areNumbers || areTexts else {
            throw RenderError(.type, "filter 'sort' orders only numbers or only text; this list mixes kinds")
        }
    }

    /// Stable, by the keys.
    private mutating func ordered(_ items: [LiquidValue], by keys: [LiquidValue]) throws(RenderError) -> [LiquidValue] {
        for key in keys { if case .text(let text) = key { try charge(bytes: text.byteCount) } }
        let order = keys.indices.sorted { a, b in
            switch (keys[a], keys[b]) {
            case (.text(let x), .text(let y)):
                if LiquidText.precedes(x.string, y.string) { return true }
                return a < b && LiquidText.same(x.string, y.string)
            default:
                guard let x = LiquidNumber(keys[a]), let y = LiquidNumber(keys[b]) else { return a < b }
                if LiquidNumber.less(x, y) { return true }
                return a < b && !LiquidNumber.less(y, x)
            }
        }
        return order.map { items[$0] }
    }
}

extension LiquidValue {
    fileprivate var isNull: Bool { if case .null = self { true } else { false } }
}
