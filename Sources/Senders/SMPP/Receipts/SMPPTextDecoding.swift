import Domain

/// A short message's bytes as text, by its data coding.
enum SMPPTextDecoding {
    /// Empty for binary messages.
    static func text(_ bytes: [UInt8], coding: UInt8) -> String {
        switch coding {
        case 0x08, 0x18...0x1B: utf16(bytes)
        case 0x03: String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        case 0x01: String(decoding: bytes.map { $0 < 0x80 ? $0 : 0x3F }, as: UTF8.self)
        case 0x00, 0x10...0x13, 0xF0...0xF3: gsm(bytes)
        default: ""
        }
    }

    private static func utf16(_ bytes: [UInt8]) -> String {
        let units = stride(from: 0, to: bytes.count - 1, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        return String(decoding: units, as: UTF16.self)
    }

    private static func gsm(_ bytes: [UInt8]) -> String {
        var text = String.UnicodeScalarView()
        var isEscaped = false
        for byte in bytes {
            if byte == GSMAlphabet.escape, !isEscaped {
                isEscaped = true
                continue
            }
            let scalar = GSMAlphabet.character(of: byte, escaped: isEscaped)
            text.append(Unicode.Scalar(scalar) ?? Unicode.Scalar(0x3F))
            isEscaped = false
        }
        return String(text)
    }
}
