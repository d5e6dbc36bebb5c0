import Domain

extension CSVScanner: RecordScanner {
    var format: FileFormat {
        FileFormat(
            kind: .csv, encoding: input.encoding, isGzip: input.isGzip, delimiter: delimiter, lineEnding: lineEnding)
    }

    var consumed: Int { input.consumed }
    var growingNames: [String]? { nil }

    mutating func nextBatch(into batch: inout RecordBatch) throws(IngestError) -> Bool {
        try next(into: &batch)
    }

    mutating func header(_ options: UploadOptions) throws(IngestError) -> RecordHeader {
        var batch = RecordBatch()
        guard try next(into: &batch, limit: 1) else { throw .empty }
        try refuse(batch.faults[0], batch)
        let text = batch.text.bytes.span
        for cell in batch.fields {
            for index in cell.range where text[index] == 0 { throw .headerUnreadable }
            if !UTF8Check.isValid(text, in: cell.range) { throw .headerUnreadable }
        }
        let cells = batch.strings(of: 0)
        let check = AddressCheck(kind: options.addressKind, defaultRegion: options.defaultRegion)
        let address = cells.firstIndex { check.looksLikeAddress($0) }
        if options.hasHeader {
            if let address { throw .noHeader(column: address + 1) }
            return RecordHeader(
                columns: try ColumnMap(
                    headers: cells, kind: options.addressKind, further: options.further,
                    overrides: options.columns))
        }
        let columns = try ColumnMap(
            unnamed: cells.count, address: address, kind: options.addressKind, further: options.further,
            overrides: options.columns)
        return RecordHeader(columns: columns, firstBatch: batch)
    }

    private func refuse(_ fault: RecordFault, _ batch: RecordBatch) throws(IngestError) {
        switch fault {
        case .none: return
        case .unclosedQuote: throw .headerUnclosedQuote
        case .tooManyColumns:
            throw .tooManyColumns(found: Int(batch.details[0] ?? "") ?? limits.columns + 1, limit: limits.columns)
        case .fieldTooLong: throw .headerTooLong(limit: limits.field)
        case .rowTooLong, .notAnObject: throw .headerTooLong(limit: limits.row)
        }
    }
}
