/// How the bytes of a part are written so that every server on the way passes them on unchanged (RFC 2045, 6).
enum TransferEncoding: Sendable {
    case sevenBits, eightBits, quotedPrintable, base64

    var word: StaticString {
        switch self {
        case .sevenBits: "7bit"
        case .eightBits: "8bit"
        case .quotedPrintable: "quoted-printable"
        case .base64: "base64"
        }
    }
}

extension RawBytes {
    /// A text whose lines all end in CRLF.
    mutating func append(_ text: UnsafeBufferPointer<UInt8>, as encoding: TransferEncoding) {
        switch encoding {
        case .sevenBits, .eightBits: append(text)
        case .quotedPrintable: appendQuotedPrintable(text)
        case .base64: appendBase64Lines(text)
        }
    }

    /// RFC 2045, 6.7. The line ends of the text stay line ends; a space or tab before one is encoded, because
    /// servers strip it.
    private mutating func appendQuotedPrintable(_ text: UnsafeBufferPointer<UInt8>) {
        reserve(text.count * 2)
        // One place of the 76 is the soft line break's.
        let width = 75
        var column = 0
        var at = 0
        while at < text.count {
            let byte = text[at]
            if byte == 0x0D {
                appendLineEnd()
                column = 0
                at += 2
                continue
            }
            let isLast = at + 1 == text.count || text[at + 1] == 0x0D
            let isBlank = byte == 0x20 || byte == 0x09
            let isPlain = byte > 0x20 && byte < 0x7F && byte != 0x3D || isBlank && !isLast
            let size = isPlain ? 1 : 3
            if column + size > width {
                append(0x3D)
                appendLineEnd()
                column = 0
            }
            if isPlain { append(byte) } else { appendEscaped(byte) }
            column += size
            at += 1
        }
    }

    /// `=C3`, in the capitals that RFC 2045 asks for.
    mutating func appendEscaped(_ byte: UInt8) {
        append(0x3D)
        append(upperHexDigit(byte >> 4))
        append(upperHexDigit(byte & 15))
    }
}

func upperHexDigit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x41 + nibble - 10 }
