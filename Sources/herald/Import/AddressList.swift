import Domain
import Ingest
import Storage

/// A file of addresses, read in batches: one on each line, or a CSV file with a header of which one column is taken.
/// Flat memory whatever the length.
struct AddressList {
    /// Which addresses a row may hold; nil: an @ makes it an email address, anything else a number.
    let channel: Channel?
    let region: Region
    /// The header of the column; nil: found by its name.
    let column: String?

    private var scanner: CSVScanner
    private let path: String
    private var batch = RecordBatch()
    private var place: Int?

    init(_ path: String, channel: Channel?, region: Region, column: String?) throws {
        self.path = path
        self.channel = channel
        self.region = region
        self.column = column
        let source = try ImportSource.open(path)
        scanner = try ImportSource.named(path) { () throws(IngestError) in try CSVScanner(TextInput(source)) }
    }

    /// Appends the next rows' hashes and reports what is no address; false at the end.
    mutating func next(_ key: KeyedHash, into hashes: inout [RecipientHash], _ tally: inout ImportTally) throws -> Bool
    {
        do throws(IngestError) {
            guard try scanner.next(into: &batch) else { return false }
        } catch {
            throw ImportSource.failure(path, error)
        }
        var first = 0
        if place == nil {
            let (place, hasHeader) = try Self.column(of: batch.strings(of: 0), channel, region, named: column, path)
            self.place = place
            first = hasHeader ? 1 : 0
        }
        var normal: [UInt8] = []
        for record in first..<max(first, batch.count) { check(record, key, &normal, &hashes, &tally) }
        return true
    }

    private func check(
        _ record: Int, _ key: KeyedHash, _ normal: inout [UInt8], _ hashes: inout [RecipientHash],
        _ tally: inout ImportTally
    ) {
        let line = batch.lines[record]
        if let fault = RejectCode(batch.faults[record]) { return tally.reject(line: line, fault.explanation) }
        let fields = batch.fieldRange(of: record)
        guard let place, place < fields.count else {
            return tally.reject(line: line, "The row ends before the column of the address.")
        }
        let text = batch.text.bytes.span
        let cell = Cell.unguarded(text, Cell.trimmed(text, batch.fields[fields.lowerBound + place].range))
        let address = text.extracting(cell)
        let kind = AddressInput.kind(of: address, channel: channel)
        normal.removeAll(keepingCapacity: true)
        if !UTF8Check.isValid(text, in: cell) { return tally.reject(line: line, RejectCode.invalidUTF8.explanation) }
        switch AddressCheck(kind: kind, defaultRegion: region).check(address, appendingTo: &normal) {
        case .valid: hashes.append(key.recipient(kind, normal.span))
        case .rejected(let code): tally.reject(line: line, code.explanation)
        }
    }

    /// Which column holds the address, and whether the first record is a header.
    private static func column(
        of first: [String], _ channel: Channel?, _ region: Region, named name: String?, _ path: String
    ) throws -> (place: Int, hasHeader: Bool) {
        let kinds = channel.map { [$0.addressKind] } ?? [.phone, .email]
        if name == nil {
            for kind in kinds {
                let check = AddressCheck(kind: kind, defaultRegion: region)
                if let place = first.firstIndex(where: check.looksLikeAddress) { return (place, false) }
            }
        }
        var failure: IngestError?
        for kind in kinds {
            do throws(IngestError) {
                let overrides = name.map { ["address": $0] } ?? [:]
                return (try ColumnMap(headers: first, kind: kind, overrides: overrides).address, true)
            } catch {
                failure = failure ?? error
            }
        }
        // A single column without a name that we know is a list without a header.
        guard first.count > 1 || name != nil, failure != nil else { return (0, false) }
        throw CommandError.failed(
            "\(path): it is not clear which column holds the addresses. --column names it; there are: \(first.joined(separator: ", "))."
        )
    }
}
