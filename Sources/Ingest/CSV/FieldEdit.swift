import Domain

/// A quoted field that isn't one piece of the text: doubled quotes become single ones, and the text between
/// the closing quote and the end is joined on. Done in place: a field only shrinks.
struct FieldEdit {
    var field: Int
    var quoted: QuotedField

    func apply(to batch: inout RecordBatch) {
        let start = Int(batch.fields[field].start)
        var from = start
        var to = start
        while from < quoted.close {
            let byte = batch.text.bytes[from]
            batch.text.bytes[to] = byte
            to += 1
            // Inside the quotes a quote is always the first of a pair.
            from += byte == 0x22 ? 2 : 1
        }
        from = quoted.close + 1
        while from < quoted.end {
            batch.text.bytes[to] = batch.text.bytes[from]
            to += 1
            from += 1
        }
        batch.fields[field] = FieldRange(start: start, count: to - start)
    }
}
