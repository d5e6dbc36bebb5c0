import Domain

/// Cuts newline-delimited JSON into records: one object a line, its members by key in columns that grow as new
/// keys come up. Text is unescaped; numbers, lists and objects keep their JSON notation; null is an empty cell. The fields of
/// an object under `data`, where the API has them for single messages, count as the record's own. Of equal keys in an
/// object the last counts. A line that is no object is a record with a fault, holding the line.
struct NDJSONScanner: RecordScanner {
    private let input: TextInput
    private let limits: ScanLimits
    private let lineEnding: FileFormat.LineEnding?
    private var rest: [UInt8]
    private var inputEnded: Bool
    private var line = 1
    private var isSkipping = false
    private var columns = KeyColumns()
    private var members: [JSONMember] = []
    private var inner: [JSONMember] = []
    private static let data = Array("data".utf8)
    private var row: [FieldRange] = []
    /// Texts with escapes, mended when the batch is full.
    private var escaped: [(field: Int, range: Range<Int>)] = []
    private var plain: [UInt8] = []

    init(_ input: TextInput, _ sample: TextSample, limits: ScanLimits) {
        self.input = input
        self.limits = limits
        lineEnding = sample.lineEnding
        inputEnded = sample.isWhole
        rest = Array(sample.text.bytes[..<sample.text.filled])
    }

    var format: FileFormat {
        FileFormat(
            kind: .ndjson, encoding: input.encoding, isGzip: input.isGzip, delimiter: nil, lineEnding: lineEnding)
    }

    var consumed: Int { input.consumed }
    var growingNames: [String]? { columns.names }

    /// The first rows tell which columns there are.
    mutating func header(_ options: UploadOptions) throws(IngestError) -> RecordHeader {
        var batch = RecordBatch()
        guard try nextBatch(into: &batch) else { throw .empty }
        if columns.names.isEmpty { throw .notRecords }
        let map = try ColumnMap(
            headers: columns.names, kind: options.addressKind, further: options.further, overrides: options.columns)
        return RecordHeader(columns: map, firstBatch: batch)
    }

    mutating func nextBatch(into batch: inout RecordBatch) throws(IngestError) -> Bool {
        batch.clear()
        batch.isPadded = true
        batch.text.append(rest[...])
        rest.removeAll(keepingCapacity: true)
        var at = 0
        while !scan(&batch, &at), !inputEnded {
            let size = max(limits.piece, batch.text.filled - at)
            inputEnded = try !input.read(size, into: &batch.text)
        }
        rest.append(contentsOf: batch.text.bytes[at..<batch.text.filled])
        batch.text.filled = at
        for text in escaped { unescape(text.field, text.range, &batch) }
        escaped.removeAll(keepingCapacity: true)
        return batch.count > 0
    }

    /// Reads whole lines from `position` on. True when the batch is full.
    private mutating func scan(_ batch: inout RecordBatch, _ position: inout Int) -> Bool {
        while position < batch.text.filled {
            let end = batch.text.filled
            // A second reference, not a copy.
            let bytes = batch.text.bytes
            let stop = bytes[position..<end].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? end
            if stop == end, !inputEnded {
                if end - position > limits.row {
                    if !isSkipping { tooLong(&batch, position) }
                    isSkipping = true
                    batch.text.filled = position + limits.keptOfLongField
                    position = batch.text.filled
                }
                return false
            }
            let isReturn = stop < end && bytes[stop] == 0x0D
            if isReturn, stop + 1 == end, !inputEnded { return false }
            let isPair = isReturn && stop + 1 < end && bytes[stop + 1] == 0x0A
            if isSkipping {
                isSkipping = false
            } else if stop - position > limits.row {
                tooLong(&batch, position)
            } else {
                object(bytes.span, position..<stop, &batch)
            }
            line += 1
            position = min(stop + (isPair ? 2 : 1), end)
            if batch.count >= limits.batchRecords || position >= limits.batchBytes { return true }
        }
        return false
    }

    private mutating func tooLong(_ batch: inout RecordBatch, _ start: Int) {
        batch.fields.append(FieldRange(start: start, count: limits.keptOfLongField))
        note(&batch, .rowTooLong)
    }

    private func note(_ batch: inout RecordBatch, _ fault: RecordFault) {
        batch.ends.append(batch.fields.count)
        batch.lines.append(line)
        batch.faults.append(fault)
    }

    private mutating func object(_ text: Span<UInt8>, _ range: Range<Int>, _ batch: inout RecordBatch) {
        if range.allSatisfy({ text[$0] == 0x20 || text[$0] == 0x09 }) { return }
        do {
            try JSONObjectScan.scan(text, in: range, into: &members)
            try liftData(text)
        } catch {
            batch.fields.append(FieldRange(start: range.lowerBound, count: range.count))
            batch.details[batch.count] = error.reason.rawValue
            note(&batch, .notAnObject)
            return
        }
        row.removeAll(keepingCapacity: true)
        let firstEscape = escaped.count
        let base = batch.fields.count
        for (index, member) in members.enumerated() {
            guard let column = columns.place(text, member, at: index, limit: limits.columns) else {
                escaped.removeLast(escaped.count - firstEscape)
                batch.fields.append(
                    FieldRange(start: range.lowerBound, count: min(range.count, limits.keptOfLongField)))
                batch.details[batch.count] = "\(members.count)"
                note(&batch, .tooManyColumns)
                return
            }
            while row.count <= column { row.append(.empty) }
            let value = member.value.range
            switch member.value.kind {
            case .null: row[column] = .empty
            case .string: row[column] = FieldRange(start: value.lowerBound, count: value.count, kind: .string)
            case .escapedString:
                row[column] = FieldRange(start: value.lowerBound, count: value.count, kind: .string)
                escaped.append((base + column, value))
            default: row[column] = FieldRange(start: value.lowerBound, count: value.count, kind: .json)
            }
        }
        let isLong = row.contains { $0.count > limits.field }
        if isLong {
            escaped.removeLast(escaped.count - firstEscape)
            for index in row.indices where row[index].count > limits.field {
                row[index] = FieldRange(start: Int(row[index].start), count: limits.keptOfLongField)
            }
        }
        batch.fields.append(contentsOf: row)
        note(&batch, isLong ? .fieldTooLong : .none)
    }

    private mutating func liftData(_ text: Span<UInt8>) throws(JSONError) {
        var place = 0
        while place < members.count {
            let member = members[place]
            place += 1
            guard member.value.kind == .object, !member.keyHasEscapes, KeyColumns.equal(text, member.key, Self.data)
            else { continue }
            inner.removeAll(keepingCapacity: true)
            try JSONObjectScan.scan(text, in: member.value.range, into: &inner)
            members.replaceSubrange(place - 1..<place, with: inner)
            // Theirs may be called `data` again: one level is enough.
            place += inner.count - 1
        }
    }

    /// In place: what a text means is never longer than its notation.
    private mutating func unescape(_ field: Int, _ range: Range<Int>, _ batch: inout RecordBatch) {
        // An equal key that came later in the same object took the cell.
        guard batch.fields[field].range == range else { return }
        plain.removeAll(keepingCapacity: true)
        JSONText.appendUnescaped(batch.text.bytes.span, range, into: &plain)
        batch.text.bytes.replaceSubrange(range.lowerBound..<range.lowerBound + plain.count, with: plain)
        batch.fields[field] = FieldRange(start: range.lowerBound, count: plain.count, kind: .string)
    }
}
