/// Finds the bytes that mean something to CSV, eight at a time: each of them sets the top bit of its byte in
/// the mask. Exact (no false hits), so the bits of a mask may be walked in any order.
struct StructuralBytes {
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    init(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) {
        self.first = Self.everywhere(first)
        self.second = Self.everywhere(second)
        self.third = Self.everywhere(third)
        self.fourth = Self.everywhere(fourth)
    }

    private static func everywhere(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    /// The mask of up to eight bytes at `at`; those from `end` on never hit. The memory must reach to `at + 8`.
    @inline(__always)
    func mask(_ bytes: RawSpan, _ at: Int, _ end: Int) -> UInt64 {
        let word = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt64.self)
        let hits =
            ~(Self.differs(word ^ first) & Self.differs(word ^ second) & Self.differs(word ^ third)
            & Self.differs(word ^ fourth)) & 0x8080_8080_8080_8080
        return end - at >= 8 ? hits : hits & (1 << UInt64((end - at) * 8) - 1)
    }

    /// The top bit of each byte that is not zero.
    @inline(__always)
    private static func differs(_ word: UInt64) -> UInt64 {
        (word & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7F7F_7F7F_7F7F_7F7F | word
    }
}
