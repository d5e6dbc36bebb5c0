import Domain

/// Reads a shard's body. Loading walks the body once and notes where everything stands; after that, each
/// recipient is looked at in place, without an allocation. Load the next shard into the same value to reuse its memory.
///
/// A body that was damaged is refused as a whole, never read past its end.
package struct ShardBody: Sendable {
    package private(set) var bytes: [UInt8] = []
    package private(set) var count = 0
    package private(set) var columns = 0
    /// The addresses that recipients may have beside the main one.
    package private(set) var furtherFields: [AddressField] = []
    private var further: [FieldRange] = []
    private var hashesStart = 0
    private var regionsStart = 0
    private var lines: [Int] = []
    private var addresses: [FieldRange] = []
    /// `count × columns`, row by row.
    private var table: [FieldRange] = []

    package init() {}

    package init(_ body: [UInt8]) throws(ShardBodyError) {
        try load(body)
    }

    package mutating func load(_ body: [UInt8]) throws(ShardBodyError) {
        bytes = body
        count = 0
        lines.removeAll(keepingCapacity: true)
        addresses.removeAll(keepingCapacity: true)
        table.removeAll(keepingCapacity: true)
        further.removeAll(keepingCapacity: true)
        furtherFields = []
        let span = body.span
        guard body.starts(with: ShardBodyWriter.magic), body.count > 3 else { throw .notAShard }
        guard body[2] == ShardBodyWriter.plain || body[2] == ShardBodyWriter.withFurther else {
            throw .unknownVersion(body[2])
        }
        var at = 3
        let number = try Self.varint(span, &at)
        columns = try Self.varint(span, &at)
        var line = try Self.varint(span, &at)
        guard number <= MessageID.shardCapacity, columns <= body.count else { throw .damaged }
        if body[2] == ShardBodyWriter.withFurther { try readFurtherFields(span, &at) }
        hashesStart = at
        regionsStart = hashesStart + number * RecipientHash.size
        at = regionsStart + number * 4
        guard at <= body.count else { throw .damaged }
        for _ in 0..<number {
            line += try Self.varint(span, &at)
            lines.append(line)
            let length = try Self.varint(span, &at)
            guard length <= body.count - at else { throw .damaged }
            let address = FieldRange(start: at, count: length, kind: .string)
            addresses.append(address)
            at += length
            let others = further.count
            try readFurther(span, &at)
            for _ in 0..<columns {
                let tag = try Self.varint(span, &at)
                if tag & 3 == ShardBodyWriter.addressKind {
                    guard tag >> 2 <= furtherFields.count else { throw .damaged }
                    table.append(tag >> 2 == 0 ? address : further[others + (tag >> 2) - 1])
                } else {
                    let length = tag >> 2
                    guard let kind = FieldRange.Kind(rawValue: UInt32(tag & 3)), length <= body.count - at else {
                        throw .damaged
                    }
                    table.append(FieldRange(start: at, count: length, kind: kind))
                    at += length
                }
            }
        }
        guard at == body.count else { throw .damaged }
        count = number
    }

    private mutating func readFurtherFields(_ bytes: Span<UInt8>, _ at: inout Int) throws(ShardBodyError) {
        let count = try Self.varint(bytes, &at)
        guard count > 0, count <= AddressField.allCases.count else { throw .damaged }
        for _ in 0..<count {
            guard let code = UInt8(exactly: try Self.varint(bytes, &at)), let field = AddressField(rawValue: code)
            else {
                throw .damaged
            }
            furtherFields.append(field)
        }
    }

    private mutating func readFurther(_ bytes: Span<UInt8>, _ at: inout Int) throws(ShardBodyError) {
        for _ in furtherFields {
            let length = try Self.varint(bytes, &at)
            guard length <= bytes.count - at else { throw .damaged }
            let size = length == 0 ? 0 : length + RecipientHash.size + 4
            guard size <= bytes.count - at else { throw .damaged }
            further.append(FieldRange(start: at, count: length, kind: .string))
            at += size
        }
    }

    private static func varint(_ bytes: Span<UInt8>, _ at: inout Int) throws(ShardBodyError) -> Int {
        guard let value = Varint.read(bytes, &at) else { throw .damaged }
        return value
    }

    /// The line of the file on which this recipient stood.
    package func line(_ index: Int) -> Int { lines[index] }

    /// Where the normal form of the address stands in `bytes`.
    package func address(_ index: Int) -> FieldRange { addresses[index] }

    /// The same of a further address, counted from 1; 0 is the main one. Empty where there is none.
    package func address(_ index: Int, slot: Int) -> FieldRange {
        slot == 0 ? addresses[index] : further[index * furtherFields.count + slot - 1]
    }

    package func hash(_ index: Int, slot: Int) -> RecipientHash {
        let address = address(index, slot: slot)
        if slot == 0 || address.isEmpty { return hash(index) }
        return RecipientHash(bytes.span, at: address.range.upperBound)
    }

    package func region(_ index: Int, slot: Int) -> Region {
        let address = address(index, slot: slot)
        if slot == 0 || address.isEmpty { return region(index) }
        return region(at: address.range.upperBound + RecipientHash.size)
    }

    package func hash(_ index: Int) -> RecipientHash {
        RecipientHash(bytes.span, at: hashesStart + index * RecipientHash.size)
    }

    package func region(_ index: Int) -> Region { region(at: regionsStart + index * 4) }

    private func region(at offset: Int) -> Region {
        let raw = bytes.span.bytes
        return Region(
            packed: UInt32(
                littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }

    /// Where the cell of a column stands in `bytes`; empty for a column that came up in a later row of the file.
    package func field(_ index: Int, column: Int) -> FieldRange {
        column < columns ? table[index * columns + column] : .empty
    }

    /// All fields of all recipients, `columns` for each: `fields[fieldRange(of: index)]` is one recipient's row.
    package var fields: [FieldRange] { table }

    package func fieldRange(of index: Int) -> Range<Int> { index * columns..<(index + 1) * columns }
}
