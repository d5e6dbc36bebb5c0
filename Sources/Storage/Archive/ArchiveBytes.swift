/// Numbers as archives write them: little-endian, or as variable-length integers of differences.
struct ArchiveSink {
    private(set) var bytes: [UInt8] = []

    mutating func put<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    /// A part with its length before it.
    mutating func part(_ fill: (inout ArchiveSink) -> Void) {
        let start = bytes.count
        put(UInt32(0))
        fill(&self)
        let length = UInt32(bytes.count - start - 4)
        for place in 0..<4 { bytes[start + place] = UInt8(truncatingIfNeeded: length >> UInt32(8 * place)) }
    }

    /// Seven bits a byte, the lowest first.
    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Each number as its difference to the one before, small either way.
    mutating func differences(_ numbers: [Int64]) {
        var last: Int64 = 0
        for number in numbers {
            let difference = number &- last
            varint(UInt64(bitPattern: difference << 1 ^ difference >> 63))
            last = number
        }
    }
}

/// Reads what `ArchiveSink` wrote; what is too short or too long is refused.
struct ArchiveSource {
    struct Malformed: Error {}

    private let bytes: UnsafeRawBufferPointer
    private var place = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { place == bytes.count }

    mutating func number<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type = T.self) throws -> T {
        let size = T.bitWidth / 8
        guard size <= bytes.count - place else { throw Malformed() }
        defer { place += size }
        return T(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: T.self))
    }

    mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
        guard count >= 0, count <= bytes.count - place else { throw Malformed() }
        defer { place += count }
        return UnsafeRawBufferPointer(rebasing: bytes[place..<place + count])
    }

    mutating func part() throws -> ArchiveSource { ArchiveSource(try take(Int(try number(UInt32.self)))) }

    mutating func varint() throws -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while place < bytes.count, shift < 70 {
            let byte = bytes[place]
            place += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw Malformed()
    }

    mutating func differences(_ count: Int) throws -> [Int64] {
        var last: Int64 = 0
        var numbers: [Int64] = []
        numbers.reserveCapacity(count)
        for _ in 0..<count {
            let folded = try varint()
            last = last &+ (Int64(bitPattern: folded >> 1) ^ -Int64(bitPattern: folded & 1))
            numbers.append(last)
        }
        guard isAtEnd else { throw Malformed() }
        return numbers
    }

    mutating func plain(_ count: Int) throws -> [Int64] {
        var numbers: [Int64] = []
        numbers.reserveCapacity(count)
        for _ in 0..<count { numbers.append(try number()) }
        guard isAtEnd else { throw Malformed() }
        return numbers
    }

    var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[place...]) }
}
