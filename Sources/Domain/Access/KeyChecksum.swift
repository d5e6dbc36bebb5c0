/// Six characters at the end of a key (CRC-32), so that one that was cut off or mistyped is told without asking the
/// database, and so that scanners for leaked secrets find keys without false alarms. No protection: that is the secret's.
enum KeyChecksum {
    static let length = 6

    static func of(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var crc = UInt32.max
        for byte in bytes { crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
        return Base62.digits(UInt64(~crc), count: length)
    }

    private static let table: [UInt32] = (0..<256).map { index in
        var value = UInt32(index)
        for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        return value
    }
}
