import Domain

/// What changed between a report and the same one made later, row by row: the explanation of a correction.
struct ReportDifference {
    /// How many rows are told one by one.
    private static let most = 500

    private let json: JSONObject

    /// `old` is the main table's file as it was written.
    init(old: CSVDocument, new: CSVDocument, keys: Int) {
        func table(_ document: CSVDocument) -> [[String]: [String]] {
            Dictionary(document.rows.map { (Array($0.cells.prefix(keys)), $0.cells) }, uniquingKeysWith: { $1 })
        }
        let (before, after) = (table(old), table(new))
        var rows: [JSON] = []
        var (added, removed, changed) = (0, 0, 0)
        for key in Set(before.keys).union(after.keys).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let (was, now) = (before[key], after[key])
            if was == now && old.header == new.header { continue }
            if was == nil { added += 1 } else if now == nil { removed += 1 } else { changed += 1 }
            guard rows.count < Self.most else { continue }
            var row = JSONObject()
            var name = JSONObject()
            for (column, word) in zip(new.header, key) { name[column] = .string(word) }
            row["row"] = .object(name)
            var values = JSONObject()
            for place in keys..<max(keys, new.header.count) {
                let column = new.header[place]
                let oldPlace = old.header.firstIndex(of: column)
                let earlier = oldPlace.flatMap { place in was.flatMap { place < $0.count ? $0[place] : nil } }
                let later = now.flatMap { place < $0.count ? $0[place] : nil }
                if earlier != later {
                    values[column] = [
                        "before": earlier.map { .string($0) } ?? .null, "after": later.map { .string($0) } ?? .null,
                    ]
                }
            }
            row["values"] = .object(values)
            rows.append(.object(row))
        }
        var object = JSONObject()
        object["rows_added"] = .int(Int64(added))
        object["rows_removed"] = .int(Int64(removed))
        object["rows_changed"] = .int(Int64(changed))
        object["rows"] = .array(rows)
        json = object
    }

    /// As the manifest has it.
    func json(number: Int, corrects: String, before: JSON?, after: JSON) -> JSON {
        var object = JSONObject()
        object["number"] = .int(Int64(number))
        object["corrects"] = .string(corrects)
        object["explanation"] = .string(
            "Receipts, late answers of providers or changed names reached this period after \(corrects) was written. "
                + "This file replaces it; “rows” has what was before and what is now.")
        object["totals_before"] = before ?? .null
        object["totals_after"] = after
        for (key, value) in json { object[key] = value }
        return .object(object)
    }
}
