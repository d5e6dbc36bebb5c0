/// A short string of digits 0...9 on the stack. Numbers shrink from the front as prefixes are taken off, so
/// that costs nothing but moving the start.
struct PhoneDigits {
    /// International prefix, calling code, two national prefixes and the longest national number make 35;
    /// whatever is longer than this can't be valid.
    static let capacity = 48

    private var storage = InlineArray<48, UInt8>(repeating: 0)
    private var start = 0
    private var end = 0
    /// More digits came than fit; the number is too long to be one.
    private(set) var overflowed = false

    var count: Int { end - start }
    var isEmpty: Bool { end == start }

    subscript(index: Int) -> UInt8 { storage[start + index] }

    mutating func append(_ digit: UInt8) {
        guard end < Self.capacity else {
            overflowed = true
            return
        }
        storage[end] = digit
        end += 1
    }

    func prefix(_ count: Int) -> PhoneDigits {
        var part = self
        part.end = start + count
        return part
    }

    func dropping(_ count: Int) -> PhoneDigits {
        var rest = self
        rest.start += count
        return rest
    }
}
