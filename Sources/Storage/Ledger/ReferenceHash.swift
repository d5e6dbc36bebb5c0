/// A provider's reference as eight bytes: what the ledger keeps to find a receipt's message by. It only filters, the
/// reference itself confirms.
enum ReferenceHash {
    /// FNV-1a with the bits mixed at the end, so that numbers which follow each other lie apart; 0 for no reference.
    static func of(_ reference: String) -> Int64 {
        var reference = reference
        return reference.withUTF8 { bytes in
            guard !bytes.isEmpty else { return 0 }
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = (hash ^ hash >> 32) &* 0xD6E8_FEB8_6659_FD93
            return Int64(bitPattern: hash ^ hash >> 32)
        }
    }
}
