/// The code page of Western Windows: Latin-1 with typographic signs in 0x80–0x9F.
enum Windows1252 {
    /// 0x80 to 0x9F; 0 where the code page has nothing.
    private static let signs: [UInt16] = [
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
        0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E,
        0x0178,
    ]

    /// Appends the UTF-8 form. A byte that the code page leaves open is passed on as it is: no valid UTF-8,
    /// so its row is rejected later.
    static func append(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        for byte in bytes {
            switch byte {
            case ..<0x80: output.append(byte)
            case 0xA0...:
                output.append(0xC0 | byte >> 6)
                output.append(0x80 | byte & 0x3F)
            default:
                let unit = signs[Int(byte) - 0x80]
                if unit == 0 {
                    output.append(byte)
                } else if unit < 0x800 {
                    output.append(0xC0 | UInt8(unit >> 6))
                    output.append(0x80 | UInt8(unit & 0x3F))
                } else {
                    output.append(0xE0 | UInt8(unit >> 12))
                    output.append(0x80 | UInt8(unit >> 6 & 0x3F))
                    output.append(0x80 | UInt8(unit & 0x3F))
                }
            }
        }
    }

    /// Bytes that tables of names, towns and prices really hold: letters of Western languages, curly quotes,
    /// dashes, currency and ordinal signs. Not ð, þ, ÿ, ×, ÷ and the rare signs: random bytes hit those.
    static func isCommon(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x80, 0x82, 0x84, 0x85, 0x8A, 0x8C, 0x8E, 0x91...0x97, 0x99, 0x9A, 0x9C, 0x9E: true
        case 0xA0, 0xA1, 0xA3, 0xA7, 0xA9, 0xAA, 0xAB, 0xAE, 0xB0, 0xB2, 0xB3, 0xB4, 0xB7, 0xBA, 0xBB, 0xBF: true
        case 0xC0...0xCF, 0xD1...0xD6, 0xD8...0xDC, 0xDF...0xEF, 0xF1...0xF6, 0xF8...0xFC: true
        default: false
        }
    }
}
