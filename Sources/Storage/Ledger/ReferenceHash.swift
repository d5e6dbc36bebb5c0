import Domain

/// A provider's reference as eight bytes: what the ledger keeps to find a receipt's message by. It only filters, the
/// reference itself confirms. A message that went out in parts has several, joined by commas: the first counts, the
/// others are kept beside the ledger.
package enum ReferenceHash {
    /// FNV-1a with the bits mixed at the end, so that numbers which follow each other lie apart; 0 for no reference.
    static func of(_ reference: some StringProtocol) -> Int64 { of(bytes: reference.utf8) }

    static func of(bytes reference: some Sequence<UInt8>) -> Int64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var isEmpty = true
        for byte in reference {
            if byte == separator { break }
            isEmpty = false
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        if isEmpty { return 0 }
        hash = (hash ^ hash >> 32) &* 0xD6E8_FEB8_6659_FD93
        return Int64(bitPattern: hash ^ hash >> 32)
    }

    private static let separator = UInt8(ascii: ",")

    /// The references of a message that went out in parts; one where it did not.
    static func parts(_ reference: String) -> [Substring] { reference.split(separator: ",") }

    /// Whether a stored reference is one of several.
    package static func hasParts(_ reference: String) -> Bool { reference.utf8.contains(separator) }

    static let partColumns = "hash, message, provider, day"

    /// A row for each reference but the first.
    package static func appendParts(of row: LedgerRow, day: Int, to rows: inout CopyRows) {
        for part in parts(row.reference).dropFirst() {
            rows.startRow(columns: 4)
            rows.append(of(part))
            rows.append(row.message.rawValue)
            rows.append(Int32(clamping: row.provider))
            rows.append(Int32(clamping: day))
        }
    }
}
