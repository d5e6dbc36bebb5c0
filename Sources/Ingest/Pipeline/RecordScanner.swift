import Domain

/// Cuts a file into records: one conforming type for each format.
protocol RecordScanner {
    var format: FileFormat { get }
    /// Bytes of the stored file that were read so far.
    var consumed: Int { get }
    /// All columns that have come up so far, where they may grow; nil where the header fixed them.
    var growingNames: [String]? { get }
    /// Finds the columns. Called once, first.
    mutating func header(_ options: UploadOptions) throws(IngestError) -> RecordHeader
    /// Replaces the contents of `batch` by the next records; false at the end of the file.
    mutating func nextBatch(into batch: inout RecordBatch) throws(IngestError) -> Bool
}

/// What the beginning of a file told.
struct RecordHeader {
    var columns: ColumnMap
    /// Rows that had to be read to find the columns.
    var firstBatch: RecordBatch?
}

extension TextInput {
    /// The scanner for what this file holds, told by its first character.
    func scanner(_ options: UploadOptions) throws(IngestError) -> any RecordScanner {
        let sample = try TextSample(self, options.limits)
        switch sample.firstVisible {
        case 0x7B: return NDJSONScanner(self, sample, limits: options.limits)
        case 0x5B where sample.secondVisible == 0x7B: throw .notRecords
        case nil: throw .empty
        default: return CSVScanner(self, sample, delimiter: options.delimiter, limits: options.limits)
        }
    }
}
