import Domain

extension CSVScanner {
    /// The record that is being cut.
    private struct Row {
        var start: Int
        var firstField: Int
        var firstEdit: Int
        var fieldStart: Int
        /// The field before the coming delimiter or line end was quoted and is noted already.
        var fieldIsDone = false
        /// Line ends inside its quoted fields.
        var lines = 0
    }

    private enum QuoteVerdict {
        case field(QuotedField)
        case needsMore
        case unclosed
        case tooLong
    }

    /// Cuts records from `position` on and moves it behind the last whole one. True when the batch is full.
    mutating func scan(_ batch: inout RecordBatch, _ position: inout Int, _ limit: Int) -> Bool {
        batch.text.reserve(8)
        let end = batch.text.filled
        // A second reference, not a copy: the batch's other arrays can be written while its text is looked at.
        let bytes = batch.text.bytes
        let text = bytes.span
        let raw = text.bytes
        let delimiter = delimiter
        let marks = marks
        var row = begin(batch.fields, at: position)
        var at = position

        scan: while at < end {
            var hits = marks.mask(raw, at, end)
            while hits != 0 {
                let here = at + hits.trailingZeroBitCount / 8
                hits &= hits - 1
                let byte = text[unchecked: here]
                if byte == delimiter {
                    if !row.fieldIsDone {
                        batch.fields.append(FieldRange(start: row.fieldStart, count: here - row.fieldStart))
                    }
                    row.fieldIsDone = false
                    row.fieldStart = here + 1
                    continue
                }
                var next = here + 1
                var fault = RecordFault.none
                if byte == 0x22 {
                    guard here == row.fieldStart else { continue }
                    if here - row.start > limits.field, cutOverlong(text, &batch, row, &position, end: here) {
                        return batch.count >= limit
                    }
                    switch verdict(text, from: here, to: end) {
                    case .field(let quoted):
                        if quoted.needsEdit { edits.append(FieldEdit(field: batch.fields.count, quoted: quoted)) }
                        batch.fields.append(FieldRange(start: here + 1, count: quoted.close - here - 1))
                        row.lines += quoted.lines
                        row.fieldIsDone = true
                        row.fieldStart = -1
                        at = quoted.end
                        continue scan
                    case .needsMore:
                        break scan
                    case .unclosed:
                        fault = .unclosedQuote
                        next = Self.splitPlainly(text, from: here, to: end, delimiter, &batch.fields)
                    case .tooLong:
                        batch.fields.append(FieldRange(start: here + 1, count: limits.keptOfLongField))
                        cut(text, &batch, row, from: here + limits.field, &position, .fieldTooLong)
                        return batch.count >= limit
                    }
                } else {
                    if byte == 0x0D {
                        if next == end, !inputEnded { break scan }
                        if next < end, text[next] == 0x0A { next += 1 }
                    }
                    if !row.fieldIsDone {
                        if row.fieldStart == here, batch.fields.count == row.firstField, rules == .recovering {
                            line += 1
                            position = next
                            at = next
                            row.start = next
                            row.fieldStart = next
                            continue scan
                        }
                        if row.fieldStart != here || batch.fields.count > row.firstField {
                            batch.fields.append(FieldRange(start: row.fieldStart, count: here - row.fieldStart))
                        }
                    }
                    if here - row.start > limits.field, cutOverlong(text, &batch, row, &position, end: here) {
                        return batch.count >= limit
                    }
                    fault = trim(&batch, row)
                }
                note(&batch, line: fault == .unclosedQuote ? line + row.lines : line, fault)
                line += 1 + row.lines
                position = next
                at = next
                if batch.count >= limit || next >= limits.batchBytes { return true }
                row = begin(batch.fields, at: next)
                continue scan
            }
            at += 8
        }
        return finish(text, &batch, row, &position, end: end, limit)
    }

    @inline(__always)
    private func begin(_ fields: [FieldRange], at position: Int) -> Row {
        Row(start: position, firstField: fields.count, firstEdit: edits.count, fieldStart: position)
    }

    @inline(__always)
    private func note(_ batch: inout RecordBatch, line: Int, _ fault: RecordFault) {
        batch.ends.append(batch.fields.count)
        batch.lines.append(line)
        batch.faults.append(fault)
    }

    /// The text ended inside a row: its last field, or nothing until there is more.
    private mutating func finish(
        _ text: Span<UInt8>, _ batch: inout RecordBatch, _ row: Row, _ position: inout Int, end: Int, _ limit: Int
    ) -> Bool {
        guard row.start < end else { return false }
        // A CR at the end is a line end that waits for its LF, not part of the field.
        let end = !inputEnded && text[end - 1] == 0x0D ? end - 1 : end
        let isQuoteOpen =
            !inputEnded && !row.fieldIsDone && row.fieldStart < end && text[row.fieldStart] == 0x22
        if !row.fieldIsDone, !isQuoteOpen {
            batch.fields.append(FieldRange(start: row.fieldStart, count: end - row.fieldStart))
        }
        // A quote that is still open decides first what the row is, unless the row was too long before it.
        let known = isQuoteOpen ? row.fieldStart : end
        if known - row.start > limits.field, cutOverlong(text, &batch, row, &position, end: known) {
            return batch.count >= limit
        }
        if inputEnded {
            let fault = trim(&batch, row)
            note(&batch, line: line, fault)
            line += 1 + row.lines
            position = end
            return batch.count >= limit
        }
        batch.fields.removeLast(batch.fields.count - row.firstField)
        edits.removeLast(edits.count - row.firstEdit)
        return false
    }

    // MARK: - Limits

    /// Cuts a row off that goes to `end` and is beyond a limit of size; false if it isn't.
    private mutating func cutOverlong(
        _ text: Span<UInt8>, _ batch: inout RecordBatch, _ row: Row, _ position: inout Int, end: Int
    ) -> Bool {
        let fields = row.firstField..<batch.fields.count
        let most = row.start + limits.row
        // Of two limits the one that is met first: the same one, however much of the row is there.
        if let long = fields.first(where: { batch.fields[$0].count > limits.field }),
            Int(batch.fields[long].start) + limits.field <= most
        {
            let start = Int(batch.fields[long].start)
            batch.fields.removeLast(batch.fields.count - long - 1)
            batch.fields[long] = FieldRange(start: start, count: limits.keptOfLongField)
            cut(text, &batch, row, from: start + limits.field, &position, .fieldTooLong)
            return true
        }
        guard end > most else { return false }
        let kept = fields.first { batch.fields[$0].range.upperBound >= most } ?? batch.fields.count
        batch.fields.removeLast(batch.fields.count - kept)
        cut(text, &batch, row, from: most, &position, .rowTooLong)
        return true
    }

    /// Drops the fields beyond the limit of columns.
    @inline(__always)
    private mutating func trim(_ batch: inout RecordBatch, _ row: Row) -> RecordFault {
        let count = batch.fields.count - row.firstField
        guard count > limits.columns else { return .none }
        batch.fields.removeLast(count - limits.columns)
        edits.removeAll { $0.field >= batch.fields.count }
        batch.details[batch.count] = "\(count)"
        return .tooManyColumns
    }

    /// Ends the row here and throws the rest of it away, up to the first line end from `from` on.
    private mutating func cut(
        _ text: Span<UInt8>, _ batch: inout RecordBatch, _ row: Row, from: Int, _ position: inout Int,
        _ fault: RecordFault
    ) {
        if batch.fields.count - row.firstField > limits.columns {
            batch.fields.removeLast(batch.fields.count - row.firstField - limits.columns)
        }
        let last = batch.fields.count - 1
        edits.removeAll { $0.field >= (fault == .fieldTooLong ? last : last + 1) }
        // Text behind a closing quote goes no further than the cut: what follows will be overwritten.
        for index in edits.indices.dropFirst(row.firstEdit) {
            edits[index].quoted.end = min(edits[index].quoted.end, from)
        }
        note(&batch, line: line, fault)
        for index in row.start..<from where text[index] == 0x0A || text[index] == 0x0D {
            // A CRLF counts once, at its LF: that may be what the rest of the row begins with.
            if text[index] == 0x0A || text[index + 1] != 0x0A { line += 1 }
        }
        position = from
        isSkipping = true
    }

    // MARK: - Quotes

    private func verdict(_ text: Span<UInt8>, from start: Int, to end: Int) -> QuoteVerdict {
        let search = QuotedField.search(text, from: start, to: end, delimiter: delimiter, isLast: inputEnded)
        switch search {
        case .closed(let quoted):
            if quoted.end - start > limits.field { return beyond(text, start) }
            if rules == .recovering, quoted.lines > 0, quoted.hasTail { return .unclosed }
            return .field(quoted)
        case .open:
            if end - start > limits.field { return beyond(text, start) }
            if !inputEnded { return .needsMore }
            if rules == .recovering { return .unclosed }
            return .field(QuotedField(close: end, end: end, needsEdit: true, lines: 0, hasTail: false))
        }
    }

    /// A quoted field beyond the limit: one long line, or lines that were swallowed because a quote is missing.
    private func beyond(_ text: Span<UInt8>, _ start: Int) -> QuoteVerdict {
        guard rules == .recovering else { return .tooLong }
        for index in start..<start + limits.field where text[index] == 0x0A || text[index] == 0x0D {
            return .unclosed
        }
        return .tooLong
    }

    /// Cuts the rest of a line at every delimiter, quotes or not. Returns where the next line starts.
    private static func splitPlainly(
        _ text: Span<UInt8>, from start: Int, to end: Int, _ delimiter: UInt8, _ fields: inout [FieldRange]
    ) -> Int {
        var fieldStart = start
        var at = start
        while at < end, text[at] != 0x0A, text[at] != 0x0D {
            if text[at] == delimiter {
                fields.append(FieldRange(start: fieldStart, count: at - fieldStart))
                fieldStart = at + 1
            }
            at += 1
        }
        fields.append(FieldRange(start: fieldStart, count: at - fieldStart))
        if at + 1 < end, text[at] == 0x0D, text[at + 1] == 0x0A { return at + 2 }
        return min(at + 1, end)
    }
}
