/// Whole numbers in seven bits a byte, the low ones first; the top bit says that more follow.
enum Varint {
    @inline(__always)
    static func append(_ value: Int, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: Int64(value))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Reads the number at `at` and moves behind it; nil where the bytes end or it has more than 63 bits.
    @inline(__always)
    static func read(_ bytes: Span<UInt8>, _ at: inout Int) -> Int? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < bytes.count, shift < 63 {
            let byte = bytes[at]
            at += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return Int(value) }
            shift += 7
        }
        return nil
    }
}
