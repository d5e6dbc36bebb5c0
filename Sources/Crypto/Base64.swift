/// RFC 4648: the plain alphabet with padding, and the one for URLs and file names without.
package enum Base64 {
    private static let plain = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let url = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let plainValues = values(of: plain)
    private static let urlValues = values(of: url)
    private static let none: UInt8 = 0xFF

    package static func encode(_ bytes: [UInt8]) -> [UInt8] { encoded(bytes, plain, pads: true) }

    package static func urlEncode(_ bytes: [UInt8]) -> [UInt8] { encoded(bytes, url, pads: false) }

    /// Nil for what is not canonical: another character, missing padding, bits left over.
    package static func decode(_ text: [UInt8]) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var count = text.count
        while count > 0, text.count - count < 2, text[count - 1] == 0x3D { count -= 1 }
        return decoded(text[..<count], plainValues)
    }

    /// Without padding, as tokens are written; padding is an error.
    package static func urlDecode(_ text: [UInt8]) -> [UInt8]? { decoded(text[...], urlValues) }

    private static func encoded(_ bytes: [UInt8], _ alphabet: [UInt8], pads: Bool) -> [UInt8] {
        let whole = bytes.count / 3
        let rest = bytes.count - whole * 3
        let tail = rest == 0 ? 0 : pads ? 4 : rest + 1
        return Array(unsafeUninitializedCapacity: whole * 4 + tail) { out, count in
            for index in 0..<whole {
                let group =
                    UInt32(bytes[index * 3]) << 16 | UInt32(bytes[index * 3 + 1]) << 8 | UInt32(bytes[index * 3 + 2])
                out[count] = alphabet[Int(group >> 18)]
                out[count + 1] = alphabet[Int(group >> 12 & 63)]
                out[count + 2] = alphabet[Int(group >> 6 & 63)]
                out[count + 3] = alphabet[Int(group & 63)]
                count += 4
            }
            guard rest > 0 else { return }
            var group = UInt32(bytes[whole * 3]) << 16
            if rest == 2 { group |= UInt32(bytes[whole * 3 + 1]) << 8 }
            for place in 0..<tail {
                out[count] = place > rest ? 0x3D : alphabet[Int(group >> (18 - 6 * UInt32(place)) & 63)]
                count += 1
            }
        }
    }

    private static func decoded(_ text: ArraySlice<UInt8>, _ values: [UInt8]) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3 + 2)
        var group: UInt32 = 0
        var bits: UInt32 = 0
        for byte in text {
            let value = values[Int(byte)]
            guard value != none else { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> bits))
                group &= (1 << bits) - 1
            }
        }
        return group == 0 ? bytes : nil
    }

    private static func values(of alphabet: [UInt8]) -> [UInt8] {
        var values = [UInt8](repeating: none, count: 256)
        for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
        return values
    }
}
