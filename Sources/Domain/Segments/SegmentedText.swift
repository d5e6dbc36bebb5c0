/// A text as short messages carry it: encoded, and cut into the segments that `SegmentCount` counts. The buffers are
/// used again from text to text.
package struct SegmentedText: Sendable {
    /// The length in bytes of the header that joins segments: six with an 8-bit reference, which is what everybody
    /// counts with, seven with a 16-bit one, which leaves a character less (152 and 66).
    package enum JoiningHeader: Int, Sendable {
        case short = 6
        case long = 7
    }

    package private(set) var encoding = SegmentCount.Encoding.gsm7
    /// One byte a septet, or UTF-16 with the high byte first.
    package private(set) var bytes: [UInt8] = []
    /// Where each segment ends in `bytes`. Never empty.
    package private(set) var ends: [Int] = [0]
    private var capacity = 0
    private var units = 0
    private var used = 0

    package init() {}

    package var count: Int { ends.count }

    package func segment(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    /// Replaces what it held by a UTF-8 text. Bytes that are no UTF-8 become one replacement character each.
    package mutating func encode(_ text: borrowing Span<UInt8>, joined header: JoiningHeader = .short) {
        if !encodeGSM(text, header) { encodeUCS2(text, header) }
        if units <= encoding.singleCapacity {
            ends.removeAll(keepingCapacity: true)
        }
        ends.append(bytes.count)
    }

    private mutating func begin(_ encoding: SegmentCount.Encoding, _ header: JoiningHeader) {
        self.encoding = encoding
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        units = 0
        used = 0
        let room = 140 - header.rawValue
        capacity = encoding == .gsm7 ? room * 8 / 7 : room / 2
    }

    /// Before each character: one of two units (an escape and its letter, a surrogate pair) opens the next segment
    /// where only one unit is left.
    @inline(__always)
    private mutating func make(room width: Int) {
        units += width
        used += width
        if used > capacity {
            ends.append(bytes.count)
            used = width
        }
    }

    /// False where a character is none of the alphabet.
    private mutating func encodeGSM(_ text: borrowing Span<UInt8>, _ header: JoiningHeader) -> Bool {
        begin(.gsm7, header)
        var index = 0
        while index < text.count {
            guard let code = GSMAlphabet.code(of: SegmentCount.scalar(text, &index)) else { return false }
            if code < 0x80 {
                make(room: 1)
            } else {
                make(room: 2)
                bytes.append(GSMAlphabet.escape)
            }
            bytes.append(UInt8(truncatingIfNeeded: code))
        }
        return true
    }

    private mutating func encodeUCS2(_ text: borrowing Span<UInt8>, _ header: JoiningHeader) {
        begin(.ucs2, header)
        var index = 0
        while index < text.count {
            let scalar = SegmentCount.scalar(text, &index)
            if scalar > 0xFFFF {
                make(room: 2)
                let rest = scalar &- 0x10000
                append(unit: 0xD800 | UInt16(truncatingIfNeeded: rest >> 10 & 0x3FF))
                append(unit: 0xDC00 | UInt16(truncatingIfNeeded: rest & 0x3FF))
            } else {
                make(room: 1)
                append(unit: UInt16(truncatingIfNeeded: scalar))
            }
        }
    }

    private mutating func append(unit: UInt16) {
        bytes.append(UInt8(truncatingIfNeeded: unit >> 8))
        bytes.append(UInt8(truncatingIfNeeded: unit))
    }
}
