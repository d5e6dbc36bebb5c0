/// The spellings under which an SMSC's message id may have been stored.
///
/// Many SMSCs answer a submit with one notation and write another into receipts: upper or lower case, with leading zeros
/// or without, hexadecimal here and decimal there.
enum ReferenceNotation {
    /// The likeliest first: as it stands, then case and zeros, then the other radix. Only one of the first kind is
    /// certain; who finds a message by a later one should see whether it is the same recipient.
    static func candidates(of id: String, anyRadix: Bool) -> [String] {
        guard !id.isEmpty else { return [] }
        var found: [String] = []
        func add(_ spelling: String) {
            if !found.contains(spelling) { found.append(spelling) }
        }
        func addWithZeros(_ digits: String, widths: [Int]) {
            add(digits)
            for width in widths where digits.utf8.count < width {
                add(String(repeating: "0", count: width - digits.utf8.count) + digits)
            }
        }
        add(id)
        let lower = id.lowercased()
        let bare = String(lower.drop { $0 == "0" })
        add(lower)
        add(id.uppercased())
        guard !bare.isEmpty, bare.utf8.allSatisfy(isHexadecimal) else { return found }
        let isDecimal = bare.utf8.allSatisfy { $0 <= 0x39 }
        // Ids of 32 bits are written with eight hexadecimal digits or ten decimal ones, where they are padded.
        addWithZeros(bare, widths: isDecimal ? [8, 10] : [8])
        addWithZeros(bare.uppercased(), widths: [8])
        guard anyRadix else { return found }
        if isDecimal, let number = UInt64(bare) {
            addWithZeros(String(number, radix: 16), widths: [8])
            addWithZeros(String(number, radix: 16, uppercase: true), widths: [8])
        }
        if let number = UInt64(bare, radix: 16) { addWithZeros(String(number), widths: [10]) }
        return found
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        byte >= 0x30 && byte <= 0x39 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66
    }
}
