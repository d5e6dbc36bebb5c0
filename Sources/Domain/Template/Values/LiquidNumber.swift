/// A number in a filter: whole numbers stay exact, everything else is a double.
enum LiquidNumber {
    case int(Int128)
    case float(Double)

    var value: LiquidValue {
        switch self {
        case .int(let value): .int(value)
        case .float(let value): .float(value)
        }
    }

    var double: Double {
        switch self {
        case .int(let value): Double(value)
        case .float(let value): value
        }
    }

    /// A number, true or false (one or nothing), or text that reads as a number.
    init?(_ value: LiquidValue) {
        switch value {
        case .int(let value): self = .int(value)
        case .float(let value): self = .float(value)
        case .bool(let value): self = .int(value ? 1 : 0)
        case .text(let text): self.init(text.string)
        default: return nil
        }
    }

    init?(_ text: String) {
        if let whole = Self.wholeNumber(text) {
            self = .int(whole)
        } else if let value = Self.realNumber(text) {
            self = .float(value)
        } else {
            return nil
        }
    }

    /// Reads `42`, ` -7 `, `1_000`; nothing else.
    static func wholeNumber(_ text: String) -> Int128? {
        let digits = plainDigits(text)
        guard let digits, let last = digits.last, isDigit(last) else { return nil }
        let body = digits.first == 0x2B || digits.first == 0x2D ? digits.dropFirst() : digits[...]
        guard !body.isEmpty, body.allSatisfy(isDigit) else { return nil }
        return Int128(String(decoding: digits, as: UTF8.self))
    }

    /// Reads `1.5`, `.5`, `1e3`, `inf`, `nan`; hexadecimal notation is refused.
    static func realNumber(_ text: String) -> Double? {
        guard let bytes = plainDigits(text) else { return nil }
        var at = bytes.first == 0x2B || bytes.first == 0x2D ? 1 : 0
        let isNegative = bytes.first == 0x2D
        switch String(decoding: bytes[at...], as: UTF8.self).lowercased() {
        case "inf", "infinity": return isNegative ? -.infinity : .infinity
        case "nan": return .nan
        default: break
        }
        var hasDigits = false
        while at < bytes.count, isDigit(bytes[at]) { (at, hasDigits) = (at + 1, true) }
        if at < bytes.count, bytes[at] == 0x2E {
            at += 1
            while at < bytes.count, isDigit(bytes[at]) { (at, hasDigits) = (at + 1, true) }
        }
        guard hasDigits else { return nil }
        if at < bytes.count, bytes[at] | 0x20 == 0x65 {
            at += 1
            if at < bytes.count, bytes[at] == 0x2B || bytes[at] == 0x2D { at += 1 }
            let exponent = at
            while at < bytes.count, isDigit(bytes[at]) { at += 1 }
            guard at > exponent else { return nil }
        }
        guard at == bytes.count else { return nil }
        return Double(String(decoding: bytes, as: UTF8.self))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// Without the space around it and single underscores between digits; nil where an underscore stands elsewhere.
    private static func plainDigits(_ text: String) -> [UInt8]? {
        let trimmed = Array(PythonText.strip(text).utf8)
        guard !trimmed.isEmpty, trimmed.count <= 4300 else { return nil }
        guard trimmed.contains(0x5F) else { return trimmed }
        var plain: [UInt8] = []
        for (index, byte) in trimmed.enumerated() {
            if byte != 0x5F {
                plain.append(byte)
            } else if index == 0 || index + 1 == trimmed.count || !isDigit(trimmed[index - 1])
                || !isDigit(trimmed[index + 1])
            {
                return nil
            }
        }
        return plain
    }

    /// A double cut to a whole number; nil beyond what can be held.
    static func truncated(_ value: Double) -> Int128? { Int128(exactly: value.rounded(.towardZero)) }

    static func equal(_ a: Int128, _ b: Double) -> Bool { Int128(exactly: b).map { $0 == a } ?? false }

    static func less(_ a: LiquidNumber, _ b: LiquidNumber) -> Bool {
        switch (a, b) {
        case (.int(let x), .int(let y)): x < y
        case (.float(let x), .float(let y)): x < y
        case (.int(let x), .float(let y)): compare(x, y) < 0
        case (.float(let x), .int(let y)): compare(y, x) > 0
        }
    }

    static func lessOrEqual(_ a: LiquidNumber, _ b: LiquidNumber) -> Bool {
        switch (a, b) {
        case (.int(let x), .int(let y)): x <= y
        case (.float(let x), .float(let y)): x <= y
        case (.int(let x), .float(let y)): compare(x, y) <= 0
        case (.float(let x), .int(let y)): compare(y, x) >= 0 && !x.isNaN
        }
    }

    /// Exact order of a whole number and a double; 2 where there is none.
    private static func compare(_ a: Int128, _ b: Double) -> Int {
        if b.isNaN { return 2 }
        guard let whole = Int128(exactly: b.rounded(.down)) else { return b > 0 ? -1 : 1 }
        if a != whole { return a < whole ? -1 : 1 }
        return b > b.rounded(.down) ? -1 : 0
    }
}
