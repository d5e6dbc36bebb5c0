/// Looking around in the bytes.
extension YAMLParser {
    var byte: UInt8 { at < bytes.count ? bytes[at] : 0x0A }

    var column: Int {
        var start = at
        while start > 0, bytes[start - 1] != 0x0A { start -= 1 }
        return at - start
    }

    func fault(_ reason: String) -> YAMLError {
        YAMLError(line: 1 + bytes[..<min(at, bytes.count)].count { $0 == 0x0A }, reason: reason)
    }

    /// Nothing but a comment is left of the line.
    var isLineEnd: Bool {
        if byte == 0x0A || byte == 0x0D { return true }
        return byte == 0x23 && (at == 0 || bytes[at - 1] == 0x20 || bytes[at - 1] == 0x0A)
    }

    func isBlank(after place: Int) -> Bool {
        guard place + 1 < bytes.count else { return true }
        return bytes[place + 1] == 0x20 || bytes[place + 1] == 0x0A || bytes[place + 1] == 0x0D
    }

    /// An item of a list begins here.
    var isDash: Bool { byte == 0x2D && isBlank(after: at) }

    /// `---` or `...`, which end a document.
    var isMark: Bool { isDocumentMark(0x2D) || isDocumentMark(0x2E) }

    func isDocumentMark(_ sign: UInt8) -> Bool {
        guard at + 2 < bytes.count, column == 0 else { return false }
        return bytes[at] == sign && bytes[at + 1] == sign && bytes[at + 2] == sign && isBlank(after: at + 2)
    }

    mutating func skipSpaces() { while byte == 0x20, at < bytes.count { at += 1 } }

    /// To the next byte that says something, past line ends and comments.
    mutating func skipToContent() {
        while at < bytes.count {
            skipSpaces()
            guard isLineEnd, at < bytes.count else { return }
            while byte != 0x0A { at += 1 }
            at += 1
        }
    }
}
