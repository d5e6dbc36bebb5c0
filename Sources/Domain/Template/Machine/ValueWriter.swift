/// Writes values as text, in the notation template authors know from Python. Stops with an error when the text
/// grows beyond the limit.
struct ValueWriter {
    private(set) var bytes: [UInt8] = []
    let limit: Int

    init(limit: Int) { self.limit = limit }

    var string: String { String(decoding: bytes, as: UTF8.self) }

    private func check() throws(RenderError) {
        if bytes.count > limit { throw .outputLimit(limit) }
    }

    private mutating func append(_ text: String) throws(RenderError) {
        bytes.append(contentsOf: text.utf8)
        try check()
    }

    /// As text in text: filters see values like this.
    mutating func appendText(_ value: LiquidValue) throws(RenderError) {
        switch value {
        case .undefined, .missing, .empty, .blank: break
        case .text(let text): try append(text.string)
        case .moment(let time): try append(time.text)
        default: try appendRepresentation(value)
        }
    }

    /// As part of a list or an object.
    mutating func appendRepresentation(_ value: LiquidValue) throws(RenderError) {
        switch value {
        case .undefined, .missing, .empty, .blank: break
        case .null: try append("None")
        case .bool(let value): try append(value ? "True" : "False")
        case .int(let value): try append("\(value)")
        case .float(let value): try append(ShortestDigits.text(value))
        case .text(let text):
            if text.isSafe { try append("Markup(") }
            try appendQuoted(text.string)
            if text.isSafe { try append(")") }
        case .list(let items):
            try append("[")
            try appendList(items)
            try append("]")
        case .pair(let items):
            try append("(")
            try appendList(items)
            try append(items.count == 1 ? ",)" : ")")
        case .map(let members):
            try append("{")
            var isFirst = true
            for (key, member) in members {
                if !isFirst { try append(", ") }
                isFirst = false
                try appendQuoted(key)
                try append(": ")
                try appendRepresentation(member)
            }
            try append("}")
        case .range(let low, let high): try append("range(\(low), \(high + 1))")
        case .loop: try append("ForLoop")
        case .moment(let time): try append(time.text)
        }
    }

    private mutating func appendList(_ items: [LiquidValue]) throws(RenderError) {
        for (index, item) in items.enumerated() {
            if index > 0 { try append(", ") }
            try appendRepresentation(item)
        }
    }

    /// In single quotes, unless it holds some and no double ones.
    private mutating func appendQuoted(_ text: String) throws(RenderError) {
        let quote: Unicode.Scalar = text.utf8.contains(0x27) && !text.utf8.contains(0x22) ? "\"" : "'"
        var quoted = String(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case quote, "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default:
                if Self.isPrintable(scalar) {
                    quoted.unicodeScalars.append(scalar)
                } else {
                    let (mark, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
                    quoted += "\\\(mark)" + Self.hex(scalar.value, width)
                }
            }
        }
        quoted.unicodeScalars.append(quote)
        try append(quoted)
    }

    private static func hex(_ value: UInt32, _ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value < 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default: return true
        }
    }

    // MARK: JSON

    /// As JSON, in ASCII only; `indent` is the number of spaces of a level, or nil for one line.
    mutating func appendJSON(_ value: LiquidValue, indent: Int?, level: Int = 0) throws(RenderError) {
        switch value {
        case .null: try append("null")
        case .bool(let value): try append(value ? "true" : "false")
        case .int(let value): try append("\(value)")
        case .float(let value):
            try append(
                value.isNaN
                    ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : ShortestDigits.text(value))
        case .text(let text): try appendJSONText(text.string)
        case .list(let items), .pair(let items):
            guard !items.isEmpty else { return try append("[]") }
            try append("[")
            for (index, item) in items.enumerated() {
                try appendSeparator(first: index == 0, indent, level + 1)
                try appendJSON(item, indent: indent, level: level + 1)
            }
            try appendBreak(indent, level)
            try append("]")
        case .map(let members):
            guard !members.isEmpty else { return try append("{}") }
            try append("{")
            var isFirst = true
            for (key, member) in members {
                try appendSeparator(first: isFirst, indent, level + 1)
                isFirst = false
                try appendJSONText(key)
                try append(": ")
                try appendJSON(member, indent: indent, level: level + 1)
            }
            try appendBreak(indent, level)
            try append("}")
        default: throw RenderError(.type, "filter 'json' can't write \(value.kindName)")
        }
    }

    private mutating func appendSeparator(first: Bool, _ indent: Int?, _ level: Int) throws(RenderError) {
        if !first { try append(indent == nil ? ", " : ",") }
        try appendBreak(indent, level)
    }

    private mutating func appendBreak(_ indent: Int?, _ level: Int) throws(RenderError) {
        guard let indent else { return }
        try append("\n" + String(repeating: " ", count: indent * level))
    }

    private mutating func appendJSONText(_ text: String) throws(RenderError) {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{8}": quoted += "\\b"
            case "\u{C}": quoted += "\\f"
            case " "..."~": quoted.unicodeScalars.append(scalar)
            default:
                for unit in UTF16.encode(scalar)?.map({ $0 }) ?? [] { quoted += "\\u" + Self.hex(UInt32(unit), 4) }
            }
        }
        try append(quoted + "\"")
    }
}
