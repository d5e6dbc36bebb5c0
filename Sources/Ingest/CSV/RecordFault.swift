/// What keeps a record from being a row, seen while its fields were cut.
package enum RecordFault: UInt8, Sendable {
    case none
    /// A quote was opened and not closed where a field can end. The record is the rest of its line; the lines
    /// after it were read on their own.
    case unclosedQuote
    /// A field is beyond `ScanLimits.field`; only its beginning is kept.
    case fieldTooLong
    /// A row is beyond `ScanLimits.row`; only its first fields are kept.
    case rowTooLong
    /// Only the first `ScanLimits.columns` fields are kept.
    case tooManyColumns
    /// A line of NDJSON that is no JSON object.
    case notAnObject
}
