private import CXLSX
import Domain
import Glibc

/// A report as a workbook, one sheet a table, the same bytes for the same tables. The only owner of libxlsxwriter.
package enum Workbook {
    private static let mostRows = 1_048_576
    private static let mostLetters = 32_000

    /// The library writes files alone, so it writes one in a folder that goes again. `created` stands in the workbook.
    package static func bytes(_ tables: [ReportTable], title: String, created: Timestamp) throws(ReportError) -> [UInt8]
    {
        let temporary = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(temporary)/herald-workbook-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw .workbook("\(temporary): \(String(cString: strerror(errno)))") }
        let folder = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        let path = folder + "/report.xlsx"
        defer {
            unlink(path)
            rmdir(folder)
        }
        try write(tables, title: title, created: created, to: path, folder)
        guard let bytes = ReportFile.read(path) else { throw .workbook("\(path) vanished") }
        return bytes
    }

    private static func write(
        _ tables: [ReportTable], title: String, created: Timestamp, to path: String, _ folder: String
    ) throws(ReportError) {
        guard let long = tables.first(where: { $0.rows.count >= mostRows }) else {
            let status = folder.withCString { temporary in
                var options = lxw_workbook_options()
                options.tmpdir = UnsafeMutablePointer(mutating: temporary)
                guard let book = workbook_new_opt(path, &options) else { return LXW_ERROR_MEMORY_MALLOC_FAILED }
                title.withCString { text in
                    var properties = lxw_doc_properties()
                    properties.title = UnsafeMutablePointer(mutating: text)
                    properties.created = time_t(created.micros / 1_000_000)
                    workbook_set_properties(book, &properties)
                }
                let formats = Formats(book)
                for table in tables {
                    fill(workbook_add_worksheet(book, String(table.title.prefix(31))), table, formats)
                }
                return workbook_close(book)
            }
            guard status == LXW_NO_ERROR else { throw .workbook(String(cString: lxw_strerror(status))) }
            return
        }
        throw .workbook("“\(long.title)” has \(long.rows.count) rows, and a sheet holds \(mostRows - 1)")
    }

    private struct Formats {
        let head: UnsafeMutablePointer<lxw_format>?
        let count: UnsafeMutablePointer<lxw_format>?
        let money: UnsafeMutablePointer<lxw_format>?
        let share: UnsafeMutablePointer<lxw_format>?
        let seconds: UnsafeMutablePointer<lxw_format>?

        init(_ book: UnsafeMutablePointer<lxw_workbook>) {
            head = workbook_add_format(book)
            format_set_bold(head)
            format_set_bottom(head, 1)
            func format(_ pattern: String) -> UnsafeMutablePointer<lxw_format>? {
                let made = workbook_add_format(book)
                format_set_num_format(made, pattern)
                return made
            }
            count = format("#,##0")
            money = format("#,##0.00####")
            share = format("0.00%")
            seconds = format("0.000")
        }
    }

    private static func fill(_ sheet: UnsafeMutablePointer<lxw_worksheet>?, _ table: ReportTable, _ formats: Formats) {
        for (column, name) in table.columns.enumerated() {
            let place = UInt16(column)
            worksheet_write_string(sheet, 0, place, name, formats.head)
            let widest = table.rows.prefix(200).map { $0[column].digits.count }.max() ?? 0
            worksheet_set_column(sheet, place, place, Double(min(max(widest, name.count) + 2, 50)), nil)
        }
        worksheet_freeze_panes(sheet, 1, 0)
        if !table.rows.isEmpty {
            worksheet_autofilter(sheet, 0, 0, UInt32(table.rows.count), UInt16(table.columns.count - 1))
        }
        for (line, row) in table.rows.enumerated() {
            for (column, cell) in row.enumerated() {
                write(cell, to: sheet, UInt32(line + 1), UInt16(column), formats)
            }
        }
    }

    /// Text is written as text, so nothing of it is ever run as a formula.
    private static func write(
        _ cell: ReportTable.Cell, to sheet: UnsafeMutablePointer<lxw_worksheet>?, _ row: UInt32, _ column: UInt16,
        _ formats: Formats
    ) {
        switch cell {
        case .empty: break
        case .text(let text):
            if !text.isEmpty { worksheet_write_string(sheet, row, column, String(text.prefix(mostLetters)), nil) }
        case .number(let number): worksheet_write_number(sheet, row, column, Double(number), nil)
        case .count(let count): worksheet_write_number(sheet, row, column, Double(count), formats.count)
        case .money(let micros): worksheet_write_number(sheet, row, column, Double(micros) / 1_000_000, formats.money)
        case .share(let share): worksheet_write_number(sheet, row, column, Double(share) / 10_000, formats.share)
        case .milliseconds(let time): worksheet_write_number(sheet, row, column, Double(time) / 1000, formats.seconds)
        }
    }
}
