/// How an SMS text is encoded, how long it is and as how many messages it is billed.
package struct SegmentCount: Sendable, Hashable {
    package enum Encoding: String, Sendable, Hashable {
        /// Seven bits a character, the extension characters two of them. One character outside the alphabet
        /// makes the whole text UCS-2.
        case gsm7
        case ucs2

        /// What fits when one message is enough.
        package var singleCapacity: Int { self == .gsm7 ? 160 : 70 }
        /// What fits in each message when they are joined: the joining header takes the rest.
        package var joinedCapacity: Int { self == .gsm7 ? 153 : 67 }
    }

    package let encoding: Encoding
    /// Septets or UTF-16 code units.
    package let units: Int
    /// At least 1: a text without characters is sent and billed as a message too.
    package let segments: Int

    package init(encoding: Encoding, units: Int, segments: Int) {
        self.encoding = encoding
        self.units = units
        self.segments = segments
    }

    /// Counts a UTF-8 text. Bytes that are no UTF-8 count as one replacement character each.
    package init(of text: borrowing Span<UInt8>) {
        var septets = SegmentWalk(.gsm7)
        var index = 0
        while index < text.count {
            let scalar = Self.scalar(text, &index)
            let width = GSMAlphabet.septets(of: scalar)
            guard width > 0 else {
                self.init(ucs2: text)
                return
            }
            septets.add(width)
        }
        self = septets.count
    }

    private init(ucs2 text: borrowing Span<UInt8>) {
        var units = SegmentWalk(.ucs2)
        var index = 0
        while index < text.count {
            units.add(Self.scalar(text, &index) > 0xFFFF ? 2 : 1)
        }
        self = units.count
    }

    /// The character at the index, which moves on behind it.
    @inline(__always)
    static func scalar(_ text: borrowing Span<UInt8>, _ index: inout Int) -> UInt32 {
        let lead = text[index]
        index += 1
        if lead < 0x80 { return UInt32(lead) }
        let length = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1
        guard lead >= 0xC2, lead <= 0xF4, index + length <= text.count else { return 0xFFFD }
        var value = UInt32(lead) & (0x3F >> UInt32(length))
        for offset in 0..<length {
            let next = text[index + offset]
            guard next & 0xC0 == 0x80 else { return 0xFFFD }
            value = value << 6 | UInt32(next & 0x3F)
        }
        index += length
        return value
    }
}
