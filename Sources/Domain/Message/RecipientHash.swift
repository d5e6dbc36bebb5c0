/// A recipient's address as 128 bits of a keyed hash: what search, dedupe and suppression compare, so
/// that the address itself stays sealed. Dedupe keeps ids and rows in the same form. Two that are equal
/// are taken for the same.
package struct RecipientHash: Sendable, Hashable {
    package static let size = 16

    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Nil unless there are exactly sixteen bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The sixteen bytes from `offset` on, the most significant first.
    package init(_ bytes: Span<UInt8>, at offset: Int = 0) {
        let raw = bytes.extracting(offset..<offset + Self.size).bytes
        high = UInt64(bigEndian: raw.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self))
        low = UInt64(bigEndian: raw.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    package func append(to out: inout [UInt8]) {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { out.append(contentsOf: $0) }
    }

    package var bytes: [UInt8] {
        var out: [UInt8] = []
        append(to: &out)
        return out
    }

    package var number: UInt128 { UInt128(high) << 64 | UInt128(low) }

    /// What the ledger keeps to search by: it only filters, the unsealed address confirms.
    package var searchKey: Int64 { Int64(bitPattern: high) }
}
