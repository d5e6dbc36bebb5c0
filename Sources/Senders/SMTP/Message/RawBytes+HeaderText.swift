/// Texts in header fields: plain ASCII folded at its spaces, anything else in encoded words (RFC 2047), so that
/// no line is longer than 78 and no reader guesses a character set.
///
/// The text must hold no control characters and stand in valid UTF-8.
extension RawBytes {
    private static let width = 76

    /// Behind a field's name of `column` characters, colon and space included.
    mutating func appendHeaderText(_ text: UnsafeBufferPointer<UInt8>, column: Int) {
        if isPlainHeaderText(text) {
            appendFolded(text, column: column)
        } else {
            appendEncodedWords(text, column: column)
        }
    }

    mutating func appendEncodedWords(_ text: UnsafeBufferPointer<UInt8>, column: Int) {
        var escapes = 0
        for byte in text { if !isPlainInWord(byte) { escapes += 1 } }
        let usesBase64 = escapes * 2 > text.count / 3
        var room = Self.width - column - 12
        var start = 0
        while start < text.count {
            // The field's name was so long that nothing fits beside it.
            if room < 16 {
                append("\r\n ")
                room = Self.width - 13
            }
            let end = usesBase64 ? start + room / 4 * 3 : endOfQuoted(text, from: start, room: room)
            let cut = characterBoundary(text, from: start, near: end)
            let piece = UnsafeBufferPointer(rebasing: text[start..<cut])
            if usesBase64 {
                append("=?utf-8?B?")
                appendBase64(piece)
            } else {
                append("=?utf-8?Q?")
                for byte in piece {
                    if byte == 0x20 {
                        append(0x5F)
                    } else if isPlainInWord(byte) {
                        append(byte)
                    } else {
                        appendEscaped(byte)
                    }
                }
            }
            append("?=")
            start = cut
            room = 0
        }
    }

    /// Long words are not: a line may not exceed 998 characters, and there is no other place to break them.
    private func isPlainHeaderText(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var word = 0
        var previous: UInt8 = 0
        for byte in text {
            if byte < 0x20 || byte >= 0x7F { return false }
            // What looks like an encoded word would be taken for one.
            if byte == 0x3F, previous == 0x3D { return false }
            // A run of spaces may be lost where a line is folded.
            if byte == 0x20, previous == 0x20 { return false }
            word = byte == 0x20 ? 0 : word + 1
            if word > 400 { return false }
            previous = byte
        }
        return true
    }

    private mutating func appendFolded(_ text: UnsafeBufferPointer<UInt8>, column: Int) {
        var column = column
        var start = 0
        while start < text.count {
            var end = start + 1
            while end < text.count, text[end] != 0x20 { end += 1 }
            if start > 0, column + end - start > Self.width {
                appendLineEnd()
                column = 0
            }
            append(UnsafeBufferPointer(rebasing: text[start..<end]))
            column += end - start
            start = end
        }
    }

    private func endOfQuoted(_ text: UnsafeBufferPointer<UInt8>, from start: Int, room: Int) -> Int {
        var left = room
        var at = start
        while at < text.count {
            left -= text[at] == 0x20 || isPlainInWord(text[at]) ? 1 : 3
            if left < 0 { break }
            at += 1
        }
        return at
    }

    /// Never inside a character: a word is decoded by itself.
    private func characterBoundary(_ text: UnsafeBufferPointer<UInt8>, from start: Int, near end: Int) -> Int {
        guard end < text.count else { return text.count }
        var cut = end
        while cut > start, text[cut] & 0xC0 == 0x80 { cut -= 1 }
        return cut > start ? cut : end
    }

    /// What RFC 2047 lets stand for itself everywhere, a display name included.
    private func isPlainInWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x21, 0x2A, 0x2B, 0x2D, 0x2F: true
        default: false
        }
    }
}
