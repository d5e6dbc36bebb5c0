/// `|` keeps lines, `>` joins them.
extension YAMLParser {
    private struct Header {
        var isFolded: Bool
        /// Nil: one line end at the end. False: none. True: all.
        var keeps: Bool?
        var indent: Int?
    }

    mutating func blockText(parent: Int) throws(YAMLError) -> String {
        let header = try header()
        let least = max(parent + 1, 1)
        let indent: Int
        if let given = header.indent { indent = least + given - 1 } else { indent = try indentBelow(least) }
        var text: [UInt8] = []
        var breaks = skipBlankLines(indent)
        var lineEnd = false
        while at < bytes.count, spacesHere(atMost: indent) == indent {
            text += Array(repeating: 0x0A, count: breaks)
            at += indent
            let isPlain = byte != 0x20
            while byte != 0x0A {
                if byte != 0x0D { text.append(byte) }
                at += 1
            }
            at += 1
            lineEnd = true
            breaks = skipBlankLines(indent)
            guard at < bytes.count, spacesHere(atMost: indent) == indent else { break }
            let joins = header.isFolded && isPlain && bytes[at + indent] != 0x20
            if !joins { text.append(0x0A) } else if breaks == 0 { text.append(0x20) }
        }
        if isEndAdded, at >= bytes.count {
            // The last line of the document has no line end of its own.
            if breaks > 0 { breaks -= 1 } else { lineEnd = false }
        }
        if header.keeps != false, lineEnd { text.append(0x0A) }
        if header.keeps == true { text += Array(repeating: 0x0A, count: breaks) }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func header() throws(YAMLError) -> Header {
        var header = Header(isFolded: byte == 0x3E)
        at += 1
        while true {
            switch byte {
            case 0x2B where header.keeps == nil: header.keeps = true
            case 0x2D where header.keeps == nil: header.keeps = false
            case 0x31...0x39 where header.indent == nil: header.indent = Int(byte - 0x30)
            default:
                skipSpaces()
                guard isLineEnd else { throw fault("only +, - or a digit may follow | and >") }
                while byte != 0x0A { at += 1 }
                at += 1
                return header
            }
            at += 1
        }
    }

    /// That of the first line with something.
    private func indentBelow(_ least: Int) throws(YAMLError) -> Int {
        var ahead = self
        var widest = 0
        while ahead.at < bytes.count {
            let start = ahead.at
            ahead.skipSpaces()
            let width = ahead.at - start
            guard ahead.byte == 0x0A || ahead.byte == 0x0D else {
                guard width >= least else { break }
                guard width >= widest else {
                    throw ahead.fault("an empty line above is indented further than the text")
                }
                return width
            }
            widest = max(widest, width)
            while ahead.byte != 0x0A { ahead.at += 1 }
            ahead.at += 1
        }
        return max(least, widest)
    }

    /// Lines without anything, or with fewer spaces than the text has. Returns how many.
    private mutating func skipBlankLines(_ indent: Int) -> Int {
        var count = 0
        while at < bytes.count {
            let end = at + spacesHere(atMost: indent)
            let isEmpty = end < bytes.count && (bytes[end] == 0x0A || bytes[end] == 0x0D)
            guard isEmpty else { return count }
            at = end
            while byte != 0x0A { at += 1 }
            at += 1
            count += 1
        }
        return count
    }

    private func spacesHere(atMost most: Int) -> Int {
        var count = 0
        while count < most, at + count < bytes.count, bytes[at + count] == 0x20 { count += 1 }
        return count
    }
}
