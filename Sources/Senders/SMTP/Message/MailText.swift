/// A text on its way into a message: its line ends made CRLF, whatever they were, and what stands in it
/// counted, so that the encoding is chosen by content and not by guess.
///
/// A bare CR or LF must not leave: servers disagree on what it ends, which is how a second message is
/// smuggled inside a first.
struct MailText: ~Copyable {
    private(set) var bytes = RawBytes(capacity: 4096)
    private var highBytes = 0
    private var hasControls = false
    private var longestLine = 0

    /// RFC 5322, 2.1.1.
    static let longestAllowed = 998

    /// Takes a text in, in place of the last.
    mutating func fill(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.clear()
        highBytes = 0
        hasControls = false
        longestLine = 0
        bytes.reserve(text.count + 2)
        var start = 0
        while start < text.count {
            let end = endOfLine(text, from: start)
            bytes.append(UnsafeBufferPointer(rebasing: text[start..<end]))
            bytes.appendLineEnd()
            longestLine = max(longestLine, end - start)
            start = end
            if start < text.count, text[start] == 0x0D { start += 1 }
            if start < text.count, text[start] == 0x0A, start == end || text[start - 1] == 0x0D { start += 1 }
        }
    }

    /// How it may travel. Eight bits only where the next server takes them and no signature rides on it: a
    /// later server that takes seven would have to encode the text and break the signature.
    func encoding(allowsEightBits: Bool) -> TransferEncoding {
        if !hasControls, longestLine <= Self.longestAllowed {
            if highBytes == 0 { return .sevenBits }
            if allowsEightBits { return .eightBits }
        }
        // Quoted-printable trebles what it encodes; base64 adds a third to everything.
        return highBytes * 6 > bytes.count ? .base64 : .quotedPrintable
    }

    private mutating func endOfLine(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var at = start
        while at < text.count {
            let byte = text[at]
            if byte >= 0x80 {
                highBytes += 1
            } else if byte < 0x20 || byte == 0x7F {
                if byte == 0x0D || byte == 0x0A { return at }
                if byte != 0x09 { hasControls = true }
            }
            at += 1
        }
        return at
    }
}
