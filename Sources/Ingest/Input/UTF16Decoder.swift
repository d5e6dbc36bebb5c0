/// UTF-16 to UTF-8, in pieces cut anywhere. Half of a surrogate pair and an odd last byte become the byte
/// 0xFF, which is no UTF-8, so that their row is rejected instead of changed.
struct UTF16Decoder {
    private let isBigEndian: Bool
    private var oddByte: UInt8?
    private var highSurrogate: UInt32 = 0

    init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

    mutating func append(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        var at = bytes.startIndex
        if let first = oddByte, at < bytes.endIndex {
            unit(first, bytes[at], &output)
            oddByte = nil
            at += 1
        }
        while at + 1 < bytes.endIndex {
            unit(bytes[at], bytes[at + 1], &output)
            at += 2
        }
        if at < bytes.endIndex { oddByte = bytes[at] }
    }

    mutating func finish(_ output: inout [UInt8]) {
        if oddByte != nil || highSurrogate != 0 { output.append(0xFF) }
        oddByte = nil
        highSurrogate = 0
    }

    private mutating func unit(_ first: UInt8, _ second: UInt8, _ output: inout [UInt8]) {
        let unit = isBigEndian ? UInt32(first) << 8 | UInt32(second) : UInt32(second) << 8 | UInt32(first)
        if highSurrogate != 0 {
            let high = highSurrogate
            highSurrogate = 0
            if unit & 0xFC00 == 0xDC00 {
                Self.append(0x10000 + (high & 0x3FF) << 10 + unit & 0x3FF, &output)
                return
            }
            output.append(0xFF)
        }
        switch unit {
        case ..<0x80: output.append(UInt8(unit))
        case 0xD800..<0xDC00: highSurrogate = unit
        case 0xDC00..<0xE000: output.append(0xFF)
        default: Self.append(unit, &output)
        }
    }

    private static func append(_ scalar: UInt32, _ output: inout [UInt8]) {
        if scalar < 0x800 {
            output.append(UInt8(0xC0 | scalar >> 6))
        } else {
            if scalar < 0x10000 {
                output.append(UInt8(0xE0 | scalar >> 12))
            } else {
                output.append(UInt8(0xF0 | scalar >> 18))
                output.append(UInt8(0x80 | scalar >> 12 & 0x3F))
            }
            output.append(UInt8(0x80 | scalar >> 6 & 0x3F))
        }
        output.append(UInt8(0x80 | scalar & 0x3F))
    }
}
