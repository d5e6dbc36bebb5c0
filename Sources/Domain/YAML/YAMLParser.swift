/// Reads a document by recursive descent over its bytes. The place is a byte; a column is the distance to its line's
/// start, and the structure follows from columns alone.
struct YAMLParser {
    let bytes: [UInt8]
    /// Every line has an end here, also a last one that came without.
    let isEndAdded: Bool
    var at = 0
    /// Maps and lists around the place.
    var depth = 0
    private static let deepest = 64

    init(_ bytes: [UInt8]) throws(YAMLError) {
        isEndAdded = bytes.last != 0x0A && !bytes.isEmpty
        self.bytes = isEndAdded ? bytes + [0x0A] : bytes
        for (place, byte) in self.bytes.enumerated() where byte < 0x20 && byte != 0x0A {
            let isLineEnd = byte == 0x0D && place + 1 < self.bytes.count && self.bytes[place + 1] == 0x0A
            if isLineEnd { continue }
            at = place
            throw fault(
                byte == 0x09
                    ? "a tab; use spaces, or \\t within double quotes" : "a control character; write it as an escape")
        }
    }

    mutating func document() throws(YAMLError) -> JSON {
        skipToContent()
        if at < bytes.count, byte == 0x25 { throw fault("directives (%…) are not read; remove the line") }
        if isDocumentMark(0x2D) {
            at += 3
            skipSpaces()
            guard isLineEnd else { throw fault("nothing may follow --- on its line") }
            skipToContent()
        }
        let value = try block(atLeast: 0)
        skipToContent()
        guard at >= bytes.count else {
            throw fault(
                isMark
                    ? "one document only; remove the line" : "this stands further left or right than what it belongs to"
            )
        }
        return value
    }

    // MARK: Blocks

    /// What begins on the next line that has something, if it stands at this column at least; else null.
    private mutating func block(atLeast least: Int) throws(YAMLError) -> JSON {
        skipToContent()
        guard at < bytes.count, column >= least, !isMark else { return .null }
        return try node(parent: least - 1)
    }

    /// A map or a list that begins here, or a single value. `parent` is the column of what it belongs to.
    private mutating func node(parent: Int) throws(YAMLError) -> JSON {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw fault("nested deeper than \(Self.deepest)") }
        if isDash { return try list(at: column) }
        if try isKeyAhead() { return try map(at: column) }
        return try value(parent: parent)
    }

    private mutating func list(at indent: Int) throws(YAMLError) -> JSON {
        var items: [JSON] = []
        while true {
            at += 1
            skipSpaces()
            // What begins on the dash's line may go on below itself.
            items.append(isLineEnd ? try block(atLeast: indent + 1) : try node(parent: indent))
            guard try goesOn(at: indent), isDash else { return .array(items) }
        }
    }

    private mutating func map(at indent: Int) throws(YAMLError) -> JSON {
        var members = JSONObject()
        while true {
            let start = at
            guard try isKeyAhead() else { throw fault("a key with its colon is missing, such as name: value") }
            let key = try key()
            guard members[key] == nil else {
                at = start
                throw fault("the key \"\(key)\" stands here twice")
            }
            skipSpaces()
            members[key] = isLineEnd ? try valueBelow(indent) : try value(parent: indent)
            guard try goesOn(at: indent) else { return .object(members) }
        }
    }

    /// A list may stand right below its key without being indented.
    private mutating func valueBelow(_ indent: Int) throws(YAMLError) -> JSON {
        skipToContent()
        if at < bytes.count, column == indent, isDash, !isMark { return try node(parent: indent) }
        return try block(atLeast: indent + 1)
    }

    /// Whether the next line with something belongs to the map or list at this column.
    private mutating func goesOn(at indent: Int) throws(YAMLError) -> Bool {
        skipToContent()
        guard at < bytes.count, !isMark else { return false }
        guard column <= indent else { throw fault("this is indented further than what it stands below") }
        return column == indent
    }

    /// A value on this line, with what flow collections and block texts have on further ones.
    private mutating func value(parent: Int) throws(YAMLError) -> JSON {
        let found: JSON
        switch byte {
        case 0x7C, 0x3E: return .string(try blockText(parent: parent))
        case 0x5B, 0x7B: found = try flow()
        case 0x22, 0x27: found = .string(try quoted())
        default: found = Self.typed(try plain(inFlow: false))
        }
        let isApart = byte == 0x20 || isLineEnd
        skipSpaces()
        guard isLineEnd, isApart else { throw fault("nothing may follow the value on its line") }
        return found
    }

    // MARK: Keys

    /// Whether a key and its colon stand here.
    private func isKeyAhead() throws(YAMLError) -> Bool {
        var ahead = self
        if ahead.byte == 0x3F, ahead.isBlank(after: ahead.at) {
            throw fault("complex keys (? …) are not read; write key: value")
        }
        if ahead.byte == 0x5B || ahead.byte == 0x7B || ahead.byte == 0x7C || ahead.byte == 0x3E { return false }
        if ahead.byte == 0x22 || ahead.byte == 0x27 {
            _ = try ahead.quoted()
            ahead.skipSpaces()
            return ahead.byte == 0x3A && ahead.isBlank(after: ahead.at)
        }
        while ahead.byte != 0x0A {
            if ahead.byte == 0x3A, ahead.isBlank(after: ahead.at) { return true }
            if ahead.byte == 0x23, ahead.at > at, bytes[ahead.at - 1] == 0x20 { return false }
            ahead.at += 1
        }
        return false
    }

    private mutating func key() throws(YAMLError) -> String {
        let key = byte == 0x22 || byte == 0x27 ? try quoted() : try plain(inFlow: false, isKey: true)
        guard key != "<<" else { throw fault("merge keys (<<) are not read; write the values out") }
        skipSpaces()
        at += 1
        return key
    }
}
