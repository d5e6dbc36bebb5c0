private import Glibc

/// A growing buffer whose address stands still between appends, so that C may keep it. Reused from
/// message to message: emptied, never shrunk.
struct RawBytes: ~Copyable {
    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int) {
        base = .allocate(capacity: max(capacity, 16))
        self.capacity = max(capacity, 16)
    }

    deinit { base.deallocate() }

    /// The bytes, for the length of a call.
    func withSpan<R>(_ body: (Span<UInt8>) -> R) -> R {
        body(UnsafeBufferPointer(start: base, count: count).span)
    }

    mutating func clear() { count = 0 }

    /// Drops what was appended since there were `count` bytes.
    mutating func cut(to count: Int) { self.count = min(self.count, count) }

    mutating func append(_ byte: UInt8) {
        reserve(1)
        base[count] = byte
        count += 1
    }

    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress else { return }
        reserve(bytes.count)
        memcpy(base + count, start, bytes.count)
        count += bytes.count
    }

    /// Lets `fill` write up to `most` bytes and say how many it wrote.
    mutating func append(upTo most: Int, _ fill: (UnsafeMutablePointer<UInt8>) -> Int) {
        reserve(most)
        count += max(fill(base + count), 0)
    }

    mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { append($0) } }

    mutating func append(decimal number: Int64) {
        reserve(20)
        if number < 0 { append(0x2D) }
        var digits = 1
        var rest = number.magnitude
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        rest = number.magnitude
        for place in stride(from: count + digits - 1, through: count, by: -1) {
            base[place] = UInt8(rest % 10) | 0x30
            rest /= 10
        }
        count += digits
    }

    mutating func reserve(_ more: Int) {
        guard count + more > capacity else { return }
        let grown = max(capacity * 2, count + more)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: grown)
        memcpy(moved, base, count)
        base.deallocate()
        base = moved
        capacity = grown
    }
}
