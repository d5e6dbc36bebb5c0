import Domain
import Storage

/// A cost report's rows summed up by one thing: a sheet of the workbook. Currencies are never added up.
struct Breakdown {
    let name: String
    let title: String
    let key: @Sendable (UsageRow) -> String
    private var sums: [String: [String: CostReport.Total]] = [:]

    static var all: [Breakdown] {
        [
            Breakdown("tenant", "By tenant") { $0.tenant },
            Breakdown("cost_centre", "By cost centre") { $0.costCentre },
            Breakdown("source", "By source") { row in row.source.isEmpty ? row.tenant : "\(row.tenant)/\(row.source)" },
            Breakdown("channel", "By channel") { $0.channel.rawValue },
            Breakdown("category", "By category") { $0.category.rawValue },
            Breakdown("provider", "By provider") { $0.provider },
            Breakdown("country", "By country") { $0.country },
        ]
    }

    private init(_ name: String, _ title: String, key: @escaping @Sendable (UsageRow) -> String) {
        self.name = name
        self.title = title
        self.key = key
    }

    mutating func add(_ row: UsageRow, _ converted: Int64) {
        sums[key(row), default: [:]][row.currency, default: CostReport.Total(currency: row.currency)].add(
            row, converted)
    }

    func table(_ currency: Currency?) -> ReportTable {
        let groups = sums.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { word, totals in
            (word, totals.values.sorted { $0.currency < $1.currency })
        }
        return Self.table(name, title, name, groups, currency)
    }

    static func table(
        _ name: String, _ title: String, _ column: String, _ groups: [(String, [CostReport.Total])],
        _ currency: Currency?
    ) -> ReportTable {
        let keys = column.isEmpty ? ["currency"] : [column, "currency"]
        var table = ReportTable(
            name: name, title: title,
            columns: keys + ["messages", "attempts", "segments", "amount", "unpriced"]
                + (currency.map { ["amount_\($0.code.lowercased())"] } ?? []), keys: keys.count)
        for (word, totals) in groups {
            for total in totals {
                var cells: [ReportTable.Cell] = column.isEmpty ? [] : [.text(word)]
                cells += [
                    .text(total.currency), .count(total.messages), .count(total.attempts), .count(total.segments),
                    total.isUnknown ? .empty : .money(total.cost), .count(total.unpriced),
                ]
                if currency != nil { cells.append(total.isUnknown ? .empty : .money(total.converted)) }
                table.rows.append(cells)
            }
        }
        return table
    }
}
