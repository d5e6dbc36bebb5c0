import Domain

/// The fields of one row of a binary COPY, written one after the other into room that was made for them. Valid
/// within `CopyRows.appendRow` only; more than there is room for ends the process, it never writes elsewhere.
struct CopyRow {
    private let room: UnsafeMutableRawBufferPointer
    private var filled = 0

    init(_ room: UnsafeMutableRawBufferPointer) { self.room = room }

    var isFull: Bool { filled == room.count }

    /// What a field takes beside its own bytes: its length.
    static let overhead = 4

    mutating func append<T: FixedWidthInteger>(_ value: T) {
        big(Int32(T.bitWidth / 8))
        big(value)
    }

    mutating func append(_ value: Bool) { append(value ? 1 : 0 as UInt8) }

    mutating func append(_ value: Timestamp) { append(value.micros - postgresEpochMicros) }

    /// A NUL, which PostgreSQL takes in no text, becomes a blank: what providers say must not stop a window.
    mutating func append(text: String) {
        var text = text
        text.withUTF8 { utf8 in
            append(count: utf8.count) { field in
                field.copyMemory(from: UnsafeRawBufferPointer(utf8))
                for index in field.indices where field[index] == 0 { field[index] = 0x20 }
            }
        }
    }

    /// Nil is null.
    mutating func append(bytes: [UInt8]?) {
        guard let bytes else { return big(Int32(-1)) }
        append(count: bytes.count) { $0.copyBytes(from: bytes) }
    }

    /// As its code, without making a string of it.
    mutating func append(_ region: Region) {
        append(count: region.codeLength) { field in
            for index in field.indices {
                field[index] = UInt8(truncatingIfNeeded: region.packed >> UInt32(8 * (field.count - 1 - index)))
            }
        }
    }

    /// A field of a known length, which `write` fills.
    mutating func append(count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
        big(Int32(count))
        precondition(count <= room.count - filled)
        write(UnsafeMutableRawBufferPointer(rebasing: room[filled..<filled + count]))
        filled += count
    }

    private mutating func big<T: FixedWidthInteger>(_ value: T) {
        let size = T.bitWidth / 8
        precondition(size <= room.count - filled)
        room.storeBytes(of: value.bigEndian, toByteOffset: filled, as: T.self)
        filled += size
    }
}

extension Region {
    /// How many bytes the code takes.
    var codeLength: Int { packed == 0 ? 0 : packed >> 16 == 0 ? 2 : 3 }
}
