import Domain

/// Rows in PostgreSQL's binary COPY format, built in one reused buffer. Begin a row with its number of
/// columns, append them in the table's order, then hand `bytes` to the session and `clear`.
package struct CopyRows: Sendable {
    package private(set) var bytes: [UInt8] = []
    package private(set) var count = 0

    /// The signature, flags and extension length that every binary COPY starts with.
    private static let header: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0, 0, 0, 0, 0, 0, 0, 0, 0]

    /// What ends a stream, for rows that were not finished themselves.
    static let trailer: [UInt8] = [0xFF, 0xFF]

    package init() { bytes = Self.header }

    /// Starts anew as the middle of a stream whose header was sent already.
    package mutating func clear(header: Bool) {
        bytes.removeAll(keepingCapacity: true)
        if header { bytes.append(contentsOf: Self.header) }
        count = 0
    }

    /// Adds the rows of another stream that begins with a header.
    package mutating func append(_ rows: CopyRows) {
        if count == 0, bytes.count == Self.header.count {
            self = rows
        } else {
            bytes.append(contentsOf: rows.bytes.dropFirst(Self.header.count))
            count += rows.count
        }
    }

    /// The trailer after the last row.
    package mutating func finish() { big(Int16(-1)) }

    package mutating func startRow(columns: Int16) {
        big(columns)
        count += 1
    }

    package mutating func append(_ value: Int64) {
        big(Int32(8))
        big(value)
    }

    package mutating func append(_ value: Int32) {
        big(Int32(4))
        big(value)
    }

    package mutating func append(_ value: Int16) {
        big(Int32(2))
        big(value)
    }

    package mutating func append(_ value: Bool) {
        big(Int32(1))
        bytes.append(value ? 1 : 0)
    }

    package mutating func append(_ value: Timestamp) { append(value.micros - postgresEpochMicros) }

    package mutating func append(bytes value: some Collection<UInt8>) {
        big(Int32(value.count))
        bytes.append(contentsOf: value)
    }

    /// A NUL, which PostgreSQL takes in no text, becomes a blank.
    package mutating func append(text value: String) {
        let utf8 = value.utf8
        big(Int32(utf8.count))
        let start = bytes.count
        bytes.append(contentsOf: utf8)
        for index in start..<bytes.count where bytes[index] == 0 { bytes[index] = 0x20 }
    }

    package mutating func appendNull() { big(Int32(-1)) }

    /// Adds a row whose size is known and has `fill` write it in place: the buffer grows once for a row, not once
    /// for each field, which took a fifth of a worker's time in a long campaign.
    mutating func appendRow(columns: Int16, size: Int, _ fill: (inout CopyRow) -> Void) {
        startRow(columns: columns)
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: size))
        bytes.withUnsafeMutableBytes { buffer in
            var row = CopyRow(UnsafeMutableRawBufferPointer(rebasing: buffer[start...]))
            fill(&row)
            precondition(row.isFull, "a row of another size")
        }
    }

    private mutating func big<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
