import Domain

extension FoundRow {
    init(_ block: ArchiveBlock, _ row: Int, slice: Int) throws(StorageError) {
        guard let state = MessageState(rawValue: Int16(truncatingIfNeeded: block[.state, row])),
            let channel = Channel(code: block[.channel, row])
        else { throw .malformed("archived ledger row") }
        func text(_ column: ArchiveBlock.Text) -> String { String(decoding: block[column, row], as: UTF8.self) }
        self.init(
            message: MessageID(rawValue: block[.message, row]),
            at: Timestamp(micros: block[.at, row] &+ postgresEpochMicros), campaign: block[.campaign, row],
            tenant: block[.tenant, row], slice: Int64(slice), channel: channel, provider: block[.provider, row],
            attempt: Int16(truncatingIfNeeded: block[.attempt, row]),
            segments: Int32(truncatingIfNeeded: block[.segments, row]), state: state, final: block[.final, row] != 0,
            was: Int16(truncatingIfNeeded: block[.was, row]), country: text(.country), cost: block[.cost, row],
            currency: text(.currency), reason: text(.reason), reference: text(.reference),
            recipient: Array(block[.recipient, row]))
    }
}

extension LedgerRows {
    /// Rows of an archive's block in the form in which the database sends them for an export.
    init(_ block: ArchiveBlock, _ places: [Int], slice: LedgerSlice) {
        self.init(slice: slice)
        var row = CopyRows()
        for place in places {
            row.clear(header: false)
            row.startRow(columns: Self.columnCount)
            for number: ArchiveBlock.Number in [.message, .at, .cost, .campaign] { row.append(block[number, place]) }
            for number: ArchiveBlock.Number in [.tenant, .provider] {
                row.append(Int32(truncatingIfNeeded: block[number, place]))
            }
            for number: ArchiveBlock.Number in [.attempt, .segments, .state, .was, .channel] {
                row.append(Int16(truncatingIfNeeded: block[number, place]))
            }
            row.append(block[.final, place] != 0)
            for text in ArchiveBlock.Text.allCases { row.append(bytes: block[text, place]) }
            row.bytes.withUnsafeBytes { append($0) }
        }
    }
}
