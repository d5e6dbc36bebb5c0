extension TemplateMachine {
    /// Filters on text.
    mutating func text(
        _ filter: LiquidFilter, _ input: LiquidText, _ arguments: [LiquidValue]
    ) throws(RenderError) -> LiquidValue {
        let string = input.string
        switch filter {
        case .append: return .text(input + (try text(arguments[0])))
        case .prepend: return .text((try text(arguments[0])) + input)
        case .capitalize: return .text(input.with(PythonText.capitalize(string)))
        case .downcase: return .text(input.with(PythonText.lower(string)))
        case .upcase: return .text(input.with(PythonText.upper(string)))
        case .lstrip: return .text(input.with(PythonText.lstrip(string)))
        case .rstrip: return .text(input.with(PythonText.rstrip(string)))
        case .strip: return .text(input.with(PythonText.strip(string)))
        case .squish: return .string(PythonText.words(string).joined(separator: " "))
        case .escape:
            return .text(
                isHTML
                    ? LiquidText(HTMLText.escape(string), safe: true) : LiquidText(HTMLText.escapeNamed(string)))
        case .escapeOnce:
            let plain = HTMLEntities.unescape(string)
            return .string(isHTML ? plain : HTMLText.escapeNamed(plain))
        case .newlineToBr: return .text(lines(input, joinedBy: "<br />\n"))
        case .stripNewlines: return .text(lines(input, joinedBy: ""))
        case .stripHTML: return .text(LiquidText(HTMLStripper.strip(string), safe: input.isSafe))
        case .remove: return .text(try replacing(input, try text(arguments[0]).string, LiquidText("")))
        case .removeFirst: return .text(try replacing(input, try text(arguments[0]).string, LiquidText(""), limit: 1))
        case .removeLast: return .text(try replacingLast(input, try text(arguments[0]).string, nil))
        case .replace, .replaceFirst:
            let new = arguments.count > 1 ? try text(arguments[1]) : LiquidText("")
            let limit = filter == .replace ? Int.max : 1
            return .text(try replacing(input, try text(arguments[0]).string, new, limit: limit))
        case .replaceLast: return .text(try replacingLast(input, try text(arguments[0]).string, try text(arguments[1])))
        case .split: return .list(try split(input, arguments[0]))
        case .truncate: return .text(try truncated(input, arguments))
        case .truncatewords: return .text(try truncatedWords(input, arguments))
        case .urlEncode: return .text(LiquidText(URLText.encode(string), safe: isHTML))
        case .urlDecode:
            return .text(
                string.utf8.contains(0x25) ? LiquidText(URLText.decode(string)) : input.with(URLText.decode(string)))
        default: return .text(input)
        }
    }

    /// Line feeds, with or without a carriage return before them, replaced.
    private func lines(_ text: LiquidText, joinedBy separator: String) -> LiquidText {
        let source = isHTML ? text.escaped : text
        var bytes: [UInt8] = []
        for byte in source.string.utf8 {
            if byte == 0x0A {
                if bytes.last == 0x0D { bytes.removeLast() }
                bytes.append(contentsOf: separator.utf8)
            } else {
                bytes.append(byte)
            }
        }
        return LiquidText(String(decoding: bytes, as: UTF8.self), safe: isHTML)
    }

    private func replacing(
        _ text: LiquidText, _ old: String, _ new: LiquidText, limit: Int = .max
    ) throws(RenderError) -> LiquidText {
        let replacement = Array((text.isSafe ? new.escaped : new).string.utf8)
        let source = Array(text.string.utf8)
        let pattern = Array(old.utf8)
        // Nothing is found before every character and at the end.
        let places =
            pattern.isEmpty
            ? Array((source.indices.filter { source[$0] & 0xC0 != 0x80 } + [source.count]).prefix(limit))
            : PythonText.places(of: pattern, in: source, limit: limit)
        try checkSize(source.count + places.count * (replacement.count - pattern.count))
        var result: [UInt8] = []
        var at = 0
        for place in places {
            result += source[at..<place]
            result += replacement
            at = place + pattern.count
        }
        result += source[at...]
        return text.with(String(decoding: result, as: UTF8.self))
    }

    private func replacingLast(
        _ text: LiquidText, _ old: String, _ new: LiquidText?
    ) throws(RenderError) -> LiquidText {
        guard !old.isEmpty else { return new.map { text + $0 } ?? text }
        let source = Array(text.string.utf8)
        let pattern = Array(old.utf8)
        guard let place = PythonText.places(of: Array(pattern.reversed()), in: Array(source.reversed()), limit: 1).first
        else { return text }
        let start = source.count - place - pattern.count
        // Like python-liquid: nothing happens at the very start of the text.
        guard start > 0 else { return text }
        let before = text.with(String(decoding: source[..<start], as: UTF8.self))
        let after = text.with(String(decoding: source[(start + pattern.count)...], as: UTF8.self))
        return new.map { before + $0 + after } ?? before + after
    }

    private mutating func split(_ text: LiquidText, _ separator: LiquidValue) throws(RenderError) -> [LiquidValue] {
        let separator = separator.isNil ? LiquidText("") : try self.text(separator)
        if separator.isEmpty { return text.string.unicodeScalars.map { .string(String($0)) } }
        if text.isEmpty || LiquidText.same(text.string, separator.string) { return [] }
        if separator.string == " " { return PythonText.words(text.string).map { .text(text.with($0)) } }
        let source = Array(text.string.utf8)
        let pattern = Array(separator.string.utf8)
        var parts: [LiquidValue] = []
        var at = 0
        for place in PythonText.places(of: pattern, in: source) + [source.count] {
            parts.append(.text(text.with(String(decoding: source[at..<place], as: UTF8.self))))
            at = place + pattern.count
        }
        return parts
    }

    private func lengthArgument(_ filter: String, _ value: LiquidValue?, _ usual: Int128) throws(RenderError) -> Int128
    {
        guard let value else { return usual }
        guard !value.isUndefined, let number = wholeNumber(value) else {
            throw RenderError(.argument, "filter '\(filter)' takes a whole number, not \(value.kindName)")
        }
        return number
    }

    private func ending(_ arguments: [LiquidValue]) throws(RenderError) -> String {
        arguments.count > 1 ? try text(arguments[1]).string : "..."
    }

    private func truncated(_ text: LiquidText, _ arguments: [LiquidValue]) throws(RenderError) -> LiquidText {
        let length = try lengthArgument("truncate", arguments.first, 50)
        let end = try ending(arguments)
        let scalars = text.string.unicodeScalars
        if Int128(scalars.count) < length { return text }
        let kept = length - Int128(end.unicodeScalars.count)
        // A negative length counts from the end, as it does in Python.
        let count = kept < 0 ? max(0, Int128(scalars.count) + kept) : min(kept, Int128(scalars.count))
        return LiquidText(String(scalars.prefix(Int(count))) + end)
    }

    private func truncatedWords(_ text: LiquidText, _ arguments: [LiquidValue]) throws(RenderError) -> LiquidText {
        let count = max(1, try lengthArgument("truncatewords", arguments.first, 15))
        let end = try ending(arguments)
        if count >= 1 << 31 - 1 { return text }
        let words = PythonText.words(text.string)
        if Int128(words.count) < count { return LiquidText(words.joined(separator: " ")) }
        return LiquidText(words.prefix(Int(count)).joined(separator: " ") + end)
    }
}
