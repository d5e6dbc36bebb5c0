import Domain

/// What an upload came to.
package struct UploadSummary: Sendable {
    package var format: FileFormat
    package var columns: ColumnMap
    /// Rows of the file, header and blank lines not counted.
    package var rows = 0
    /// Recipients who will be sent to: rows less rejects less duplicates.
    package var accepted = 0
    package var rejected: [RejectCode: Int] = [:]
    /// Addresses that were mended, by kind of damage (`PhoneRepair`); they are among the accepted.
    package var repaired: [String: Int] = [:]
    /// The countries that accepted addresses lead to, `.none` for those that tell none: the first of each row, and the
    /// further ones.
    package var regions: Set<Region> = []
    package var furtherRegions: [AddressField: Set<Region>] = [:]
    package var duplicates = DuplicateMarks()
    /// Shards handed to the sink.
    package var shards = 0
    /// Says which recipients these are, whatever the order of the rows, the format of the file, and the rows
    /// that were refused: the sum of the hashes of the distinct addresses.
    package var fingerprint: UInt128 = 0
    package var distinctAddresses = 0

    package var rejectedRows: Int { rejected.values.reduce(0, +) }

    /// The fingerprint as 32 hexadecimal digits.
    package var fingerprintText: String {
        let text = String(fingerprint, radix: 16)
        return String(repeating: "0", count: 32 - text.count) + text
    }
}
