/// The sixteen bytes that open every PDU.
struct SMPPHeader: Hashable {
    static let size = 16
    /// Beyond that a length is garbage: no PDU that a client meets comes near.
    static let longest = 64 << 10

    var length: Int
    var command: UInt32
    var status: UInt32
    var sequence: UInt32

    /// Of at least sixteen bytes.
    init(_ bytes: Span<UInt8>) {
        let raw = bytes.bytes
        func word(_ offset: Int) -> UInt32 {
            UInt32(bigEndian: raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        length = Int(word(0))
        command = word(4)
        status = word(8)
        sequence = word(12)
    }

    var isAnswer: Bool { command & SMPPCommand.answer != 0 }
}

extension [UInt8] {
    mutating func append(word: UInt32) {
        append(UInt8(truncatingIfNeeded: word >> 24))
        append(UInt8(truncatingIfNeeded: word >> 16))
        append(UInt8(truncatingIfNeeded: word >> 8))
        append(UInt8(truncatingIfNeeded: word))
    }

    mutating func append(short: Int) {
        append(UInt8(truncatingIfNeeded: short >> 8))
        append(UInt8(truncatingIfNeeded: short))
    }

    /// A text and the NUL that ends it.
    mutating func append(cString text: String) {
        append(contentsOf: text.utf8)
        append(0)
    }
}
