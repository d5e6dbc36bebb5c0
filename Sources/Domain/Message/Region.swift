/// An ISO 3166 country or region of two capital letters, or a UN M.49 area of three digits ("001",
/// used by numbering plans that belong to no country). Packed, so that the hot path compares integers.
package struct Region: Sendable, Hashable {
    package let packed: UInt32

    /// No region is known.
    package static let none = Region(packed: 0)

    package init(packed: UInt32) { self.packed = packed }

    /// Accepts `sg`, `SG` and `001`.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 2 || bytes.count == 3 else { return nil }
        var packed: UInt32 = 0
        for byte in bytes {
            let upper = byte >= 0x61 && byte <= 0x7A ? byte & 0xDF : byte
            let isLetter = upper >= 0x41 && upper <= 0x5A
            let isDigit = upper >= 0x30 && upper <= 0x39
            guard bytes.count == 2 ? isLetter : isDigit else { return nil }
            packed = packed << 8 | UInt32(upper)
        }
        self.packed = packed
    }

    /// `SG`, `001`, or the empty string where no region is known.
    package var code: String {
        var bytes: [UInt8] = []
        for shift in [16, 8, 0] {
            let byte = UInt8(truncatingIfNeeded: packed >> UInt32(shift))
            if byte != 0 { bytes.append(byte) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
