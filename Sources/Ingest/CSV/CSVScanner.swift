import Domain

/// Cuts CSV text into records, in batches, in one pass over the bytes.
///
/// RFC 4180 with what people's files hold besides: LF, CRLF and CR, mixed too; quotes inside unquoted
/// fields and text after a closing quote, both as Python's `csv` reads them. Under `.recovering` rules blank
/// lines are skipped, limits hold, and a quote that is never properly closed costs one line: the record becomes
/// `unclosedQuote` and scanning goes on at the next line, so the good rows it swallowed come back. A quote
/// counts as unclosed when the file ends inside it, when it spans lines and more than `limits.field` bytes, or when
/// it spans lines and its closing quote is followed by text: that one was really the opening quote of another field.
///
/// How the input was cut into pieces never changes the records.
package struct CSVScanner {
    package enum Rules: Sendable {
        /// For recipients: bad rows are marked, good ones kept.
        case recovering
        /// What Python's `csv.reader` returns, blank lines (a record without fields) included.
        case python
    }

    package let delimiter: UInt8
    package let input: TextInput
    let rules: Rules
    let limits: ScanLimits
    let marks: StructuralBytes
    let lineEnding: FileFormat.LineEnding?
    /// Text behind the last batch's records.
    private var rest: [UInt8]
    private var number = 0
    /// The line of the record that comes next.
    var line: Int
    var inputEnded: Bool
    /// What is left of a row beyond a limit is thrown away up to its line end.
    var isSkipping = false
    /// Fields of the batch that aren't one piece of the text; mended when the batch is full.
    var edits: [FieldEdit] = []

    /// Takes over from the sample; finds the delimiter in it, unless one is given.
    init(
        _ input: TextInput, _ sample: TextSample, delimiter: UInt8? = nil, rules: Rules = .recovering,
        limits: ScanLimits = ScanLimits()
    ) {
        let found = Delimiter.detect(sample.text, isWhole: sample.isWhole, isStrict: rules == .python)
        self.delimiter = delimiter ?? found.delimiter
        self.input = input
        self.rules = rules
        self.limits = limits
        lineEnding = sample.lineEnding
        inputEnded = sample.isWhole
        marks = StructuralBytes(self.delimiter, 0x0A, 0x0D, 0x22)
        rest = Array(sample.text.bytes[found.skip..<sample.text.filled])
        line = found.skip > 0 ? 2 : 1
    }

    package init(
        _ input: TextInput, delimiter: UInt8? = nil, rules: Rules = .recovering, limits: ScanLimits = ScanLimits()
    ) throws(IngestError) {
        let sample = try TextSample(input, limits)
        self.init(input, sample, delimiter: delimiter, rules: rules, limits: limits)
    }

    /// Replaces the contents of `batch` by the next records; false at the end of the file.
    package mutating func next(into batch: inout RecordBatch, limit: Int? = nil) throws(IngestError) -> Bool {
        batch.clear()
        batch.number = number
        batch.text.append(rest[...])
        rest.removeAll(keepingCapacity: true)
        let limit = limit ?? limits.batchRecords
        var at = 0
        while true {
            let isFull = cutWhatIsThere(&batch, &at, limit)
            if isFull || inputEnded { break }
            // A row that has not ended yet is scanned again from its start, so ask for as much as there is of it.
            let size = max(limits.piece, batch.text.filled - at)
            inputEnded = try !input.read(size, into: &batch.text)
        }
        rest.append(contentsOf: batch.text.bytes[at..<batch.text.filled])
        batch.text.filled = at
        for edit in edits { edit.apply(to: &batch) }
        edits.removeAll(keepingCapacity: true)
        if batch.count > 0 { number += 1 }
        return batch.count > 0
    }

    /// Cuts records as far as the text goes; true when the batch is full.
    private mutating func cutWhatIsThere(_ batch: inout RecordBatch, _ at: inout Int, _ limit: Int) -> Bool {
        while true {
            if isSkipping { skip(&batch.text, &at) }
            if isSkipping { return false }
            let isFull = scan(&batch, &at, limit)
            if isFull || !isSkipping { return isFull }
        }
    }

    /// Throws text away up to the next line end. A CR at the very end waits: an LF may belong to it.
    private mutating func skip(_ text: inout TextBuffer, _ at: inout Int) {
        let end = text.filled
        let here = text.bytes[at..<end].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? end
        if here == end {
            text.filled = at
            return
        }
        let isReturn = text.bytes[here] == 0x0D
        if isReturn, here + 1 == end, !inputEnded {
            text.bytes[at] = 0x0D
            text.filled = at + 1
            return
        }
        at = here + (isReturn && here + 1 < end && text.bytes[here + 1] == 0x0A ? 2 : 1)
        isSkipping = false
        line += 1
    }
}
