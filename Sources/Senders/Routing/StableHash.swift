import Domain

/// Numbers that look random and are the same for a message wherever and whenever they are asked for, so that a try
/// after a crash meets the same choice.
enum StableHash {
    @inline(__always)
    static func of(_ message: MessageID, salt: UInt64) -> UInt64 {
        // The finaliser of splitmix64: neighbouring ids differ in every bit.
        var value = UInt64(bitPattern: message.rawValue) &+ (salt &+ 1) &* 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    /// Evenly below `bound`, without a division.
    @inline(__always)
    static func of(_ message: MessageID, salt: UInt64, below bound: UInt32) -> UInt32 {
        UInt32(truncatingIfNeeded: ((of(message, salt: salt) >> 32) &* UInt64(bound)) >> 32)
    }
}
