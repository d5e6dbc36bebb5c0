import Domain

/// One table of a report: the same for CSV, for a sheet of a workbook, for JSON and for the terminal.
package struct ReportTable: Sendable, Hashable {
    package enum Cell: Sendable, Hashable {
        case text(String)
        case count(Int64)
        /// Of a thing, so that its digits are never grouped.
        case number(Int64)
        /// Millionths.
        case money(Int64)
        /// In ten-thousandths.
        case share(Int64)
        case milliseconds(Int64)
        /// Nothing is known, which is not the same as zero.
        case empty
    }

    /// As files are named, and its sheet.
    package let name: String
    package let title: String
    package let columns: [String]
    /// How many of the columns, from the first on, tell the rows apart.
    package let keys: Int
    package var rows: [[Cell]] = []

    package init(name: String = "", title: String, columns: [String], keys: Int, rows: [[Cell]] = []) {
        self.name = name
        self.title = title
        self.columns = columns
        self.keys = keys
        self.rows = rows
    }

    package var csv: [UInt8] {
        var table = CSVTable()
        for column in columns { table.text(column) }
        table.endLine()
        for row in rows {
            for cell in row {
                if case .text(let text) = cell { table.text(text) } else { table.number(cell.digits) }
            }
            table.endLine()
        }
        return table.bytes
    }

    package var json: JSON {
        .array(
            rows.map { row in
                var object = JSONObject()
                for (column, cell) in zip(columns, row) { object[column] = cell.json }
                return .object(object)
            })
    }

    /// Rows in the order of their keys, by bytes: a database's collation is not ours to choose.
    mutating func sort() {
        let keys = keys
        rows.sort { a, b in
            for place in 0..<keys {
                if a[place] == b[place] { continue }
                return a[place].precedes(b[place])
            }
            return false
        }
    }
}

extension ReportTable.Cell {
    /// As it stands in a CSV, where it is no text: digits and a point, nothing grouped, nothing rounded.
    var digits: String {
        switch self {
        case .text(let text): text
        case .count(let count), .number(let count): String(count)
        case .money(let micros): PriceText.decimal(micros)
        case .share(let share):
            "\(share < 0 ? "-" : "")\(share.magnitude / 10_000).\(pad(Int(share.magnitude % 10_000), 4))"
        case .milliseconds(let time): "\(time / 1000).\(pad(Int(time % 1000), 3))"
        case .empty: ""
        }
    }

    package var json: JSON {
        switch self {
        case .text(let text): .string(text)
        case .count(let count), .number(let count): .int(count)
        case .money: .string(digits)
        case .share(let share): .double(Double(share) / 10_000)
        case .milliseconds(let time): .double(Double(time) / 1000)
        case .empty: .null
        }
    }

    fileprivate func precedes(_ other: Self) -> Bool {
        switch (self, other) {
        case (.text(let a), .text(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
        case (.count(let a), .count(let b)), (.number(let a), .number(let b)): a < b
        default: false
        }
    }

    /// A share of a whole; nothing where there is no whole.
    static func share(_ part: Int64, of whole: Int64) -> Self {
        guard whole > 0 else { return .empty }
        return .share((part * 20_000 / whole + (part < 0 ? -1 : 1)) / 2)
    }
}
