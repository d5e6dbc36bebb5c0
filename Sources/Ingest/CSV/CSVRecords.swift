import Domain

/// Reads a CSV file and writes each record as a JSON array of strings, one a line: what `tool csv` prints.
/// The records are those of Python's `csv.reader`, a blank line being `[]`.
package enum CSVRecords {
    /// Hands the output on in pieces. Bytes that are no UTF-8 come out as U+FFFD.
    package static func write(
        _ source: any ByteSource, delimiter: UInt8? = nil, to sink: (borrowing [UInt8]) throws -> Void
    ) throws {
        var limits = ScanLimits()
        // Wide enough for any table that is one, and below what a field range can tell.
        limits.field = 64 << 20
        limits.row = 256 << 20
        limits.columns = 1 << 20
        let input: TextInput
        do { input = try TextInput(source) } catch .empty { return }
        var scanner = try CSVScanner(input, delimiter: delimiter, rules: .python, limits: limits)
        var batch = RecordBatch()
        var output: [UInt8] = []
        var repaired: [UInt8] = []
        while try scanner.next(into: &batch) {
            output.removeAll(keepingCapacity: true)
            let text = batch.text.bytes.span
            let isValid = UTF8Check.isValid(text, in: 0..<batch.text.filled)
            for record in 0..<batch.count {
                guard batch.faults[record] == .none else { throw IngestError.recordTooLong(line: batch.lines[record]) }
                output.append(0x5B)
                let cells = batch.fieldRange(of: record)
                for cell in cells {
                    if cell > cells.lowerBound { output.append(contentsOf: [0x2C, 0x20]) }
                    let range = batch.fields[cell].range
                    if isValid {
                        JSONText.appendQuoted(text.extracting(range), into: &output)
                    } else {
                        repaired.removeAll(keepingCapacity: true)
                        UTF8Check.appendRepaired(text, in: range, keepingNul: true, to: &repaired)
                        JSONText.appendQuoted(repaired.span, into: &output)
                    }
                }
                output.append(contentsOf: [0x5D, 0x0A])
            }
            try sink(output)
        }
    }
}
