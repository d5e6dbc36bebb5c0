/// `{a: 1, b: [2, 3]}`.
extension YAMLParser {
    mutating func flow() throws(YAMLError) -> JSON {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 64 else { throw fault("nested deeper than 64") }
        let isMap = byte == 0x7B
        let closing: UInt8 = isMap ? 0x7D : 0x5D
        let start = at
        var items: [JSON] = []
        var members = JSONObject()
        at += 1
        while true {
            skipToContent()
            if at >= bytes.count {
                at = start
                throw fault("the \(isMap ? "}" : "]") of what begins here is missing")
            }
            if byte == closing {
                at += 1
                return isMap ? .object(members) : .array(items)
            }
            if isMap {
                let (key, value) = try flowMember()
                guard members[key] == nil else { throw fault("the key \"\(key)\" stands here twice") }
                members[key] = value
            } else {
                items.append(try flowValue())
            }
            skipToContent()
            if byte == 0x2C, at < bytes.count {
                at += 1
            } else if byte != closing, at < bytes.count {
                throw fault("a comma or \(isMap ? "}" : "]") is missing")
            }
        }
    }

    private mutating func flowMember() throws(YAMLError) -> (String, JSON) {
        let isQuoted = byte == 0x22 || byte == 0x27
        let key = isQuoted ? try quoted() : try plain(inFlow: true, isKey: true)
        guard key != "<<" else { throw fault("merge keys (<<) are not read; write the values out") }
        skipSpaces()
        guard byte == 0x3A else { throw fault("a colon is missing after the key \"\(key)\"") }
        at += 1
        skipToContent()
        if byte == 0x2C || byte == 0x7D { return (key, .null) }
        return (key, try flowValue())
    }

    private mutating func flowValue() throws(YAMLError) -> JSON {
        switch byte {
        case 0x5B, 0x7B: return try flow()
        case 0x22, 0x27: return .string(try quoted())
        default: return Self.typed(try plain(inFlow: true))
        }
    }
}
