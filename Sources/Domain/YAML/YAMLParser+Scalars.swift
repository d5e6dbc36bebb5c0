/// Plain and quoted scalars, each on one line.
extension YAMLParser {
    /// As JSON would read it; else text.
    static func typed(_ text: String) -> JSON {
        switch text {
        case "", "~", "null": return .null
        case "true": return true
        case "false": return false
        default: break
        }
        guard let first = text.utf8.first, first == 0x2D || first >= 0x30 && first <= 0x39,
            let value = try? JSON.parse(text), value.doubleValue != nil
        else { return .string(text) }
        return value
    }

    mutating func plain(inFlow: Bool, isKey: Bool = false) throws(YAMLError) -> String {
        try checkFirst(inFlow: inFlow)
        let start = at
        scan: while byte != 0x0A && byte != 0x0D {
            switch byte {
            case 0x3A:
                let next = at + 1 < bytes.count ? bytes[at + 1] : 0x0A
                let endsFlowKey =
                    inFlow && (next == 0x2C || next == 0x5B || next == 0x5D || next == 0x7B || next == 0x7D)
                if isBlank(after: at) || endsFlowKey {
                    if isKey { break scan }
                    throw fault("a colon within a value; put the value in quotes")
                }
            case 0x23: if bytes[at - 1] == 0x20 { break scan }
            case 0x2C, 0x5B, 0x5D, 0x7B, 0x7D: if inFlow { break scan }
            default: break
            }
            at += 1
        }
        var end = at
        while end > start, bytes[end - 1] == 0x20 { end -= 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private func checkFirst(inFlow: Bool) throws(YAMLError) {
        switch byte {
        case 0x26, 0x2A: throw fault("anchors and aliases (& and *) are not read; write the value out, or in quotes")
        case 0x21: throw fault("tags (!) are not read; put the value in quotes if it begins with !")
        case 0x25, 0x40, 0x60, 0x2C, 0x5D, 0x7D, 0x7C, 0x3E, 0x23, 0x5B, 0x7B, 0x22, 0x27:
            throw fault("a value can't begin with \(Character(UnicodeScalar(byte))) here; put it in quotes")
        case 0x2D, 0x3F, 0x3A:
            let next = at + 1 < bytes.count ? bytes[at + 1] : 0x0A
            let endsFlow = next == 0x2C || next == 0x5B || next == 0x5D || next == 0x7B || next == 0x7D
            if isBlank(after: at) || inFlow && endsFlow {
                throw fault("a value can't begin with \(Character(UnicodeScalar(byte))) here; put it in quotes")
            }
        default: break
        }
    }

    mutating func quoted() throws(YAMLError) -> String {
        let start = at
        let quote = byte
        var text: [UInt8] = []
        at += 1
        while byte != 0x0A, byte != 0x0D {
            if byte == quote {
                at += 1
                guard quote == 0x27, byte == quote else { return String(decoding: text, as: UTF8.self) }
                text.append(quote)
                at += 1
            } else if byte == 0x5C, quote == 0x22 {
                at += 1
                try escape(into: &text)
            } else {
                text.append(byte)
                at += 1
            }
        }
        at = start
        throw fault("the quote that begins here does not end on its line")
    }

    private mutating func escape(into text: inout [UInt8]) throws(YAMLError) {
        let sign = byte
        at += 1
        switch sign {
        case 0x30: text.append(0x00)
        case 0x61: text.append(0x07)
        case 0x62: text.append(0x08)
        case 0x74: text.append(0x09)
        case 0x6E: text.append(0x0A)
        case 0x76: text.append(0x0B)
        case 0x66: text.append(0x0C)
        case 0x72: text.append(0x0D)
        case 0x65: text.append(0x1B)
        case 0x20, 0x22, 0x2F, 0x5C: text.append(sign)
        case 0x78: try append(code(digits: 2), to: &text)
        case 0x55: try append(code(digits: 8), to: &text)
        case 0x75:
            let first = try code(digits: 4)
            guard first >= 0xD800, first < 0xDC00, byte == 0x5C, at + 1 < bytes.count, bytes[at + 1] == 0x75 else {
                return try append(first, to: &text)
            }
            // JSON writes what is beyond 16 bits as a pair.
            at += 2
            let second = try code(digits: 4)
            guard second >= 0xDC00, second < 0xE000 else { throw fault("half of a \\u pair") }
            try append(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00), to: &text)
        default:
            at -= 1
            throw fault("no escape begins so; write \\\\ for a backslash")
        }
    }

    private mutating func code(digits: Int) throws(YAMLError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                throw fault("an escape with \(digits) hexadecimal digits is not complete")
            }
            code = code << 4 | UInt32(digit)
            at += 1
        }
        return code
    }

    private func append(_ code: UInt32, to text: inout [UInt8]) throws(YAMLError) {
        guard let scalar = UnicodeScalar(code) else { throw fault("an escape that is no character") }
        text += Array(String(Character(scalar)).utf8)
    }
}
