import Domain

/// Writes refused rows as a CSV file (RFC 4180, CRLF, UTF-8) that can be mended and sent again: the columns of
/// the upload with their cells as they were, then where and why. Sent again, those last four are ignored and the
/// guards against formulas are taken off.
///
/// A row with too few cells is filled up with empty ones. A row with too many has the surplus joined, with
/// commas, to its last cell: text that lost its quotes is thereby whole again, anything else is in sight.
package struct RejectsFile: Sendable {
    package static let ownColumns = ["herald_line", "herald_column", "herald_reason", "herald_detail"]

    /// Places of the upload's own columns; those that an earlier rejects file added are left out.
    private let kept: [Int]
    private let headers: [String]

    package init(_ map: ColumnMap) {
        self.init(headers: map.columns.map(\.header))
    }

    package init(headers: [String]) {
        self.headers = headers
        kept = headers.indices.filter { !Self.ownColumns.contains(headers[$0]) }
    }

    package func appendHeader(to table: inout CSVTable) {
        for place in kept { table.data(Array(headers[place].utf8)) }
        for name in Self.ownColumns { table.text(name) }
        table.endLine()
    }

    package func append(_ block: RejectBlock, to table: inout CSVTable) {
        for row in block.rows {
            var cells = kept.map { $0 < row.cells.count ? row.cells[$0] : [] }
            if row.cells.count > headers.count, let last = kept.indices.last {
                for extra in row.cells[headers.count...] {
                    cells[last].append(0x2C)
                    cells[last].append(contentsOf: extra)
                }
            }
            let reason = row.detail.isEmpty ? row.explanation : "\(row.explanation) (\(row.detail))"
            let column = row.column.map { $0 < headers.count ? headers[$0] : "" } ?? ""
            for cell in cells { table.data(cell) }
            table.number(row.line)
            for text in [column, row.code, reason] { table.text(text) }
            table.endLine()
        }
    }
}
