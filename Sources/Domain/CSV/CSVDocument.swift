/// A small CSV file as a whole, for what people or we ourselves made: an invoice, a report of yesterday. The delimiter is
/// what the first line has most of; quotes are those of RFC 4180. (Uploads of millions of rows have a scanner of their own.)
package struct CSVDocument: Sendable, Equatable {
    package struct Row: Sendable, Equatable {
        /// The first line of the file is 1.
        package let line: Int
        package var cells: [String]
    }

    package private(set) var header: [String] = []
    package private(set) var rows: [Row] = []
    package let delimiter: UInt8

    /// Why a file can't be read.
    package enum Fault: Error, Sendable, Hashable, CustomStringConvertible {
        case notUTF8
        case empty
        case openQuote(line: Int)

        package var description: String {
            switch self {
            case .notUTF8: "it is not UTF-8 text; save it as “CSV UTF-8”"
            case .empty: "it is empty; its first line names the columns"
            case .openQuote(let line): "a quote that line \(line) opens is never closed"
            }
        }
    }

    package init(_ bytes: [UInt8]) throws(Fault) {
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        guard UTF8Check.isValid(body.span, in: 0..<body.count) else { throw .notUTF8 }
        delimiter = Self.delimiter(of: body)
        var records: [Row] = []
        var cells: [String] = []
        var cell: [UInt8] = []
        var (line, start, quoteLine) = (1, 1, 0)
        var (isQuoted, wasQuoted) = (false, false)
        func endCell() {
            cells.append(String(decoding: cell, as: UTF8.self))
            cell.removeAll(keepingCapacity: true)
            wasQuoted = false
        }
        var index = 0
        while index < body.count {
            let byte = body[index]
            if isQuoted {
                if byte == 0x22 {
                    if index + 1 < body.count, body[index + 1] == 0x22 {
                        cell.append(byte)
                        index += 1
                    } else {
                        isQuoted = false
                    }
                } else {
                    if byte == 0x0A { line += 1 }
                    cell.append(byte)
                }
            } else if byte == 0x22, cell.isEmpty, !wasQuoted {
                (isQuoted, wasQuoted, quoteLine) = (true, true, line)
            } else if byte == delimiter {
                endCell()
            } else if byte == 0x0A || byte == 0x0D {
                if byte == 0x0D, index + 1 < body.count, body[index + 1] == 0x0A { index += 1 }
                if !cells.isEmpty || !cell.isEmpty || wasQuoted {
                    endCell()
                    records.append(Row(line: start, cells: cells))
                    cells = []
                }
                line += 1
                start = line
            } else {
                cell.append(byte)
            }
            index += 1
        }
        if isQuoted { throw .openQuote(line: quoteLine) }
        if !cells.isEmpty || !cell.isEmpty || wasQuoted {
            endCell()
            records.append(Row(line: start, cells: cells))
        }
        guard let first = records.first else { throw .empty }
        header = first.cells
        rows = Array(records.dropFirst())
    }

    private static func delimiter(of bytes: [UInt8]) -> UInt8 {
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        let counts = [UInt8(0x2C), 0x3B, 0x09, 0x7C].map { candidate in
            (candidate, line.reduce(0) { $0 + ($1 == candidate ? 1 : 0) })
        }
        return counts.max { $0.1 < $1.1 }.flatMap { $0.1 > 0 ? $0.0 : nil } ?? 0x2C
    }
}
