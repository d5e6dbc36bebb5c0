import Domain

/// Finds what separates the cells of a table, from its beginning.
package enum Delimiter {
    package static let candidates: [UInt8] = [0x2C, 0x3B, 0x09, 0x7C]
    private static let sampledRecords = 200

    package struct Found: Sendable {
        package var delimiter: UInt8
        /// How long a leading `sep=;` line is; it is no record.
        package var skip = 0
    }

    /// How well a candidate cuts the sample.
    private struct Score {
        var delimiter: UInt8
        /// Fields of the first record.
        var columns: Int
        /// Records with as many fields as the first one.
        var alike: Int
        var records: Int

        var isPerfect: Bool { columns > 1 && alike == records && records > 1 }
    }

    /// The candidate that stands in the first record and cuts the most records into as many fields. The comma is
    /// only given up where it is missing from the first record, or where it cuts less than half of at least three
    /// records evenly and another cuts all. Without any candidate in the first record it is the comma.
    ///
    /// `isStrict` takes another than the comma only if it cuts all of at least two records evenly.
    package static func detect(_ sample: TextBuffer, isWhole: Bool, isStrict: Bool = false) -> Found {
        let text = sample.bytes[..<sample.filled]
        if let found = separatorLine(text) { return found }
        let scores = candidates.map { score(text, $0, isWhole) }
        let usable = scores.filter { $0.columns > 1 && (!isStrict || $0.isPerfect) }
        let comma = scores[0]
        if comma.columns > 1 {
            let isPoor = comma.alike * 2 < comma.records && comma.records >= 3
            let better = isPoor ? usable.first { $0.isPerfect } : nil
            return Found(delimiter: (better ?? comma).delimiter)
        }
        let best = usable.max { ($0.alike * $1.records, $0.columns) < ($1.alike * $0.records, $1.columns) }
        return Found(delimiter: best?.delimiter ?? 0x2C)
    }

    /// Excel's own first line: `sep=;`.
    private static func separatorLine(_ text: ArraySlice<UInt8>) -> Found? {
        let lower = text.prefix(7).map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
        let isQuoted = lower.first == 0x22
        let body = lower.dropFirst(isQuoted ? 1 : 0)
        guard body.starts(with: "sep=".utf8), body.count > 4 else { return nil }
        let delimiter = body[body.startIndex + 4]
        guard candidates.contains(delimiter) else { return nil }
        var end = text.startIndex + 5 + (isQuoted ? 2 : 0)
        guard end < text.endIndex, text[end] == 0x0A || text[end] == 0x0D else { return nil }
        end += text[end] == 0x0D && end + 1 < text.endIndex && text[end + 1] == 0x0A ? 2 : 1
        return Found(delimiter: delimiter, skip: end)
    }

    private static func score(_ text: ArraySlice<UInt8>, _ delimiter: UInt8, _ isWhole: Bool) -> Score {
        var score = Score(delimiter: delimiter, columns: 0, alike: 0, records: 0)
        var count = 1
        var at = text.startIndex
        var isStart = true
        var isBlank = true
        while at < text.endIndex, score.records < sampledRecords {
            let byte = text[at]
            if byte == 0x22, isStart {
                at = afterQuotes(text, at)
                isStart = false
                isBlank = false
                continue
            }
            isStart = byte == delimiter
            if isStart { count += 1 }
            if byte == 0x0A || byte == 0x0D {
                if !isBlank { note(count, &score) }
                count = 1
                isBlank = true
                isStart = true
            } else {
                isBlank = false
            }
            at += 1
        }
        if isWhole || score.records == 0, !isBlank, at == text.endIndex { note(count, &score) }
        return score
    }

    private static func note(_ count: Int, _ score: inout Score) {
        if score.records == 0 { score.columns = count }
        score.records += 1
        if score.columns == count { score.alike += 1 }
    }

    /// Behind the quote that closes the one at `start`, or the end of the text.
    private static func afterQuotes(_ text: ArraySlice<UInt8>, _ start: Int) -> Int {
        var at = start + 1
        while at < text.endIndex {
            if text[at] == 0x22 {
                if at + 1 < text.endIndex, text[at + 1] == 0x22 { at += 1 } else { return at + 1 }
            }
            at += 1
        }
        return at
    }
}
