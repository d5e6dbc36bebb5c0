import Domain

/// Builds the body of one shard, the form in which its recipients wait to be sent to.
///
/// Layout, versions 1 and 2 (varints as in `Varint`):
/// ```
/// "HS" 1 or 2                     magic and version
/// count, columns, first line      varints
/// version 2: how many further addresses, and the number of each `AddressField`   varints
/// count × 16 bytes                recipient hashes
/// count × 4 bytes                 regions, little-endian, as `Region.packed`
/// for each recipient:
///   lines since the one before    varint (0 for the first)
///   length, normal address        varint, bytes; of length 0 where only a further one is known
///   for each further address: length, address, and where it is not empty 16 bytes hash, 4 bytes region
///   for each column: length << 2 | kind, bytes
///                                 kind as in `FieldRange.Kind`; 3: the address of this number, 0 is the main one
/// ```
/// Hashes and regions stand together because they don't compress: the rest then does.
/// Reused from shard to shard.
package struct ShardBodyWriter: Sendable {
    static let magic: [UInt8] = [0x48, 0x53]
    static let plain: UInt8 = 1
    static let withFurther: UInt8 = 2
    static let addressKind = 3

    package private(set) var count = 0
    private var firstLine = 0
    private var lastLine = 0
    private var hashes: [UInt8] = []
    private var regions: [UInt8] = []
    private var rows: [UInt8] = []
    private var fieldsStart = 0

    private let furtherFields: [AddressField]

    package init(further: [AddressField] = []) { furtherFields = further }

    package mutating func clear() {
        count = 0
        hashes.removeAll(keepingCapacity: true)
        regions.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
    }

    /// Starts a recipient; its fields follow, one for each column.
    package mutating func begin(
        line: Int, address: [UInt8], region: Region, hash: RecipientHash, further: [FurtherAddress] = []
    ) {
        if count == 0 {
            firstLine = line
            lastLine = line
        }
        count += 1
        hash.append(to: &hashes)
        Self.append(region, to: &regions)
        Varint.append(line - lastLine, to: &rows)
        lastLine = line
        fieldsStart = rows.count
        Varint.append(address.count, to: &rows)
        rows.append(contentsOf: address)
        for place in furtherFields.indices {
            guard place < further.count, !further[place].bytes.isEmpty else {
                rows.append(0)
                continue
            }
            Varint.append(further[place].bytes.count, to: &rows)
            rows.append(contentsOf: further[place].bytes)
            further[place].hash.append(to: &rows)
            Self.append(further[place].region, to: &rows)
        }
    }

    private static func append(_ region: Region, to bytes: inout [UInt8]) {
        for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: region.packed >> shift)) }
    }

    @inline(__always)
    package mutating func field(_ text: Span<UInt8>, _ field: FieldRange) {
        Varint.append(field.count << 2 | Int(field.kind.rawValue), to: &rows)
        text.extracting(unchecked: field.range).withUnsafeBufferPointer { rows.append(contentsOf: $0) }
    }

    /// A field that holds the main address, or a further one: its normal form is there already.
    package mutating func addressField(slot: Int = 0) { Varint.append(slot << 2 | Self.addressKind, to: &rows) }

    package mutating func emptyField() { rows.append(0) }

    /// The recipient written last, without its line: equal bytes mean equal rows.
    package func hashOfRow(_ hasher: any RecipientHasher) -> RecipientHash {
        hasher.hash(.row, rows.span.extracting(fieldsStart..<rows.count))
    }

    /// The whole body; empty without recipients.
    package func body(columns: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        var body: [UInt8] = []
        body.reserveCapacity(32 + hashes.count + regions.count + rows.count)
        body.append(contentsOf: Self.magic)
        body.append(furtherFields.isEmpty ? Self.plain : Self.withFurther)
        for number in [count, columns, firstLine] { Varint.append(number, to: &body) }
        if !furtherFields.isEmpty {
            Varint.append(furtherFields.count, to: &body)
            for field in furtherFields { Varint.append(Int(field.rawValue), to: &body) }
        }
        body.append(contentsOf: hashes)
        body.append(contentsOf: regions)
        body.append(contentsOf: rows)
        return body
    }
}
