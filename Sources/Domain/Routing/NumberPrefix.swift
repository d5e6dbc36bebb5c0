/// The first digits of international numbers, in eight bytes: digits from the top, four bits each, and their count in
/// the lowest four. So a hundred thousand of them are one plain array, and integers order them as a walk over digits
/// meets them: a prefix directly before all that it begins.
package struct NumberPrefix: Sendable, Hashable, Comparable {
    package static let longest = 15

    package let packed: UInt64

    /// Digits with or without a leading `+`; nil for anything else, for none, and for more than any number has.
    package init?(_ text: some StringProtocol) {
        var packed: UInt64 = 0
        var count: UInt64 = 0
        for (place, byte) in text.utf8.enumerated() {
            if place == 0, byte == 0x2B { continue }
            guard byte >= 0x30, byte <= 0x39, count < Self.longest else { return nil }
            packed |= UInt64(byte & 0xF) << (60 - 4 * count)
            count += 1
        }
        guard count > 0 else { return nil }
        self.packed = packed | count
    }

    package var count: Int { Int(packed & 0xF) }

    /// The digit at a place below `count`.
    package subscript(place: Int) -> UInt8 { UInt8(truncatingIfNeeded: packed >> UInt64(60 - 4 * place)) & 0xF }

    /// The digits without a `+`.
    package var digits: String { String(decoding: (0..<count).map { 0x30 + self[$0] }, as: UTF8.self) }

    /// Whether a number, `+` and digits, begins so. Anything else than a number does not.
    package func begins(_ address: Span<UInt8>) -> Bool {
        guard address.count > count, address[0] == 0x2B else { return false }
        for place in 0..<count {
            if address[place + 1] != 0x30 + self[place] { return false }
        }
        return true
    }

    /// Whether a prefix is the same or a longer one.
    package func begins(with other: NumberPrefix) -> Bool {
        guard count >= other.count else { return false }
        let mask = ~UInt64(0) << UInt64(64 - 4 * other.count)
        return packed & mask == other.packed & mask
    }

    package static func < (a: NumberPrefix, b: NumberPrefix) -> Bool { a.packed < b.packed }
}
