import Domain

/// Some consecutive records: one buffer of text and where each record's fields stand in it. Filled by a
/// scanner, read by one worker, then filled again: all memory is kept.
package struct RecordBatch: Sendable {
    package var text = TextBuffer()
    /// The fields of all records, one after another.
    package var fields: [FieldRange] = []
    /// Where each record's fields end in `fields`.
    package var ends: [Int] = []
    /// The line of the file, from 1, on which each record starts.
    package var lines: [Int] = []
    /// What the scanner found wrong with each record.
    package var faults: [RecordFault] = []
    /// The place of this batch in the file, from 0.
    package var number = 0
    /// How far the file had been read when the batch was cut.
    package var consumed = 0
    /// A record may have fewer fields than there are columns: NDJSON, where new columns come up later.
    package var isPadded = false
    /// Said about a record's fault, where the fault alone is not enough. By record.
    package var details: [Int: String] = [:]

    package init() {}

    package var count: Int { ends.count }

    /// Where the fields of a record stand in `fields`.
    package func fieldRange(of record: Int) -> Range<Int> {
        (record == 0 ? 0 : ends[record - 1])..<ends[record]
    }

    package mutating func clear() {
        // A batch is full at 1 MiB of text; one huge row may need more, once.
        text.clear(keepingAtMost: 4 << 20)
        fields.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        lines.removeAll(keepingCapacity: true)
        faults.removeAll(keepingCapacity: true)
        details.removeAll(keepingCapacity: true)
    }

    /// The cells of a record as text, for headers, tests and messages.
    package func strings(of record: Int) -> [String] {
        fieldRange(of: record).map { String(decoding: text.bytes[fields[$0].range], as: UTF8.self) }
    }
}
