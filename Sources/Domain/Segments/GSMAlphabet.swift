/// The default alphabet of GSM 03.38 and its extension table.
package enum GSMAlphabet {
    /// Septets of a character: 1, 2 for the extension table, 0 if the alphabet lacks it. The escape itself
    /// counts as a character of the alphabet, as encoders have it.
    @inline(__always)
    static func septets(of scalar: UInt32) -> Int {
        if scalar < 0x80 {
            let bit = UInt64(1) << UInt64(scalar & 63)
            if (scalar < 64 ? basicLow : basicHigh) & bit != 0 { return 1 }
            return (scalar < 64 ? extendedLow : extendedHigh) & bit != 0 ? 2 : 0
        }
        return beyondASCII(scalar)
    }

    // One bit an ASCII character: masks stay in registers where a table would go through memory.
    private static let basicLow: UInt64 = 0xFFFF_FFFF_0800_2400  // LF CR ESC and 0x20...0x3F
    private static let basicHigh: UInt64 = 0x07FF_FFFE_87FF_FFFF  // @ A...Z _ a...z
    private static let extendedLow: UInt64 = 0x1000  // FF
    private static let extendedHigh: UInt64 = 0x7800_0000_7800_0000  // [ \ ] ^ { | } ~

    private static func beyondASCII(_ scalar: UInt32) -> Int {
        switch scalar {
        case 0x20AC: 2  // €
        case 0xA1, 0xA3...0xA5, 0xA7, 0xBF: 1  // ¡ £ ¤ ¥ § ¿
        case 0xC4...0xC7, 0xC9, 0xD1, 0xD6, 0xD8, 0xDC, 0xDF: 1  // Ä Å Æ Ç É Ñ Ö Ø Ü ß
        case 0xE0, 0xE4...0xE6, 0xE8, 0xE9, 0xEC, 0xF1, 0xF2, 0xF6, 0xF8, 0xF9, 0xFC: 1  // à ä å æ è é ì ñ ò ö ø ù ü
        case 0x393, 0x394, 0x398, 0x39B, 0x39E, 0x3A0, 0x3A3, 0x3A6, 0x3A8, 0x3A9: 1  // Γ Δ Θ Λ Ξ Π Σ Φ Ψ Ω
        default: 0
        }
    }
}
