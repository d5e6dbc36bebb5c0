/// A source or destination address as a PDU carries it.
struct SMPPAddress: Hashable {
    /// Type of number: 1 international, 3 of the network alone (short codes), 5 alphanumeric.
    var type: UInt8
    /// Numbering plan: 1 for telephone numbers.
    var plan: UInt8
    var characters: [UInt8]

    /// Reads a sender's form: a name, a short code or an international number. Nil for what is none of these.
    init?(source text: String, numbering: SMPPConfig.Numbering) {
        var bytes = Array(text.utf8)
        let isInternational = bytes.first == 0x2B
        if isInternational { bytes.removeFirst() }
        if !bytes.isEmpty, bytes.allSatisfy(Self.isDigit) {
            guard bytes.count <= 20 else { return nil }
            // National short codes have at most six digits (the longest are in use in North America and India).
            let isShort = bytes.count <= 6 && !isInternational
            type = isShort ? 3 : 1
            plan = isShort ? 0 : 1
        } else {
            guard !isInternational, !bytes.isEmpty, bytes.count <= 11,
                bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F })
            else { return nil }
            type = 5
            plan = 0
        }
        characters = bytes
        type = numbering.type ?? type
        plan = numbering.plan ?? plan
    }

    /// Where no sender is named and the account's own applies.
    static let none = SMPPAddress(type: 0, plan: 0, characters: [])

    private init(type: UInt8, plan: UInt8, characters: [UInt8]) {
        self.type = type
        self.plan = plan
        self.characters = characters
    }

    /// Whether a recipient is a number that fits: digits, with or without a plus in front.
    static func isDestination(_ text: Span<UInt8>) -> Bool {
        let start = !text.isEmpty && text[0] == 0x2B ? 1 : 0
        guard text.count - start >= 1, text.count - start <= 20 else { return false }
        for index in start..<text.count {
            if !isDigit(text[index]) { return false }
        }
        return true
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
