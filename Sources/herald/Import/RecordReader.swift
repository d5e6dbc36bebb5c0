import Domain
import Ingest

/// Reads the records of an import file: CSV with a header, one JSON object a line, or a JSON list of objects.
/// Which of them it is, the first character tells.
enum RecordReader {
    /// Hands each record to `body`, in the file's order. `names` are the columns that may occur; one that is not
    /// among them ends the import before anything is stored.
    static func read(_ path: String, names: Set<String>, _ body: (ImportRecord) async throws -> Void) async throws {
        let source = try ImportSource.open(path)
        let head: [UInt8]
        do throws(IngestError) { head = try PrefixedSource.head(of: source, 4096) } catch {
            throw ImportSource.failure(path, error)
        }
        let whole = PrefixedSource(head, then: source)
        switch firstCharacter(head) {
        case 0x7B, 0x5B: try await readJSON(path, whole, names, body)
        default: try await readCSV(path, whole, names, body)
        }
    }

    private static func firstCharacter(_ head: [UInt8]) -> UInt8? {
        let text = head.starts(with: [0xEF, 0xBB, 0xBF]) ? head.dropFirst(3) : head[...]
        return text.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
    }

    // MARK: CSV

    private static func readCSV(
        _ path: String, _ source: any ByteSource, _ names: Set<String>, _ body: (ImportRecord) async throws -> Void
    ) async throws {
        var header: [String]?
        var batch = RecordBatch()
        var scanner: CSVScanner
        do throws(IngestError) { scanner = try CSVScanner(try TextInput(source)) } catch {
            throw ImportSource.failure(path, error)
        }
        while true {
            do throws(IngestError) { guard try scanner.next(into: &batch) else { break } } catch {
                throw ImportSource.failure(path, error)
            }
            for record in 0..<batch.count {
                let cells = batch.strings(of: record)
                guard let columns = header else {
                    header = try Self.header(cells, of: path, names)
                    continue
                }
                try await body(self.record(cells, columns, batch, record))
            }
        }
        if header == nil {
            throw CommandError.failed("\(path) is empty. Its first line names the columns: \(list(names)).")
        }
    }

    private static func header(_ cells: [String], of path: String, _ names: Set<String>) throws -> [String] {
        let columns = cells.map(name)
        for (column, cell) in zip(columns, cells) where !names.contains(column) {
            throw CommandError.failed(
                "\(path) has a column “\(cell)” that means nothing here. There are: \(list(names)).")
        }
        if let twice = Dictionary(grouping: columns, by: { $0 }).first(where: { $0.value.count > 1 })?.key {
            throw CommandError.failed("\(path) has the column “\(twice)” twice. Remove one.")
        }
        return columns
    }

    private static func record(_ cells: [String], _ columns: [String], _ batch: RecordBatch, _ record: Int)
        -> ImportRecord
    {
        var made = ImportRecord(line: batch.lines[record], values: [])
        let fields = batch.fieldRange(of: record)
        let isText = fields.allSatisfy { UTF8Check.isValid(batch.text.bytes.span, in: batch.fields[$0].range) }
        if batch.faults[record] != .none {
            made.fault = RejectCode(batch.faults[record])?.explanation
        } else if cells.count > columns.count {
            made.fault = "The row has \(cells.count) cells, the header \(columns.count) columns."
        } else if !isText {
            made.fault = RejectCode.invalidUTF8.explanation
        }
        for (column, cell) in zip(columns, cells) where !cell.isEmpty { made.values.append((column, cell)) }
        return made
    }

    // MARK: JSON

    private static func readJSON(
        _ path: String, _ source: any ByteSource, _ names: Set<String>, _ body: (ImportRecord) async throws -> Void
    ) async throws {
        var lines = LineReader(source)
        var whole: [UInt8] = []
        var number = 0
        var isList: Bool?
        while let range = try lines.next() {
            number += 1
            let line = lines.bytes[range]
            if isList == nil, let first = firstCharacter(Array(line)) { isList = first == 0x5B }
            if isList == true {
                // A list is read whole: it was written by hand or by a program that held it, too.
                whole.append(contentsOf: line)
                whole.append(0x0A)
                guard whole.count <= 256 << 20 else {
                    throw CommandError.failed(
                        "\(path) is larger than 256 MB. Write one JSON object a line instead of a list.")
                }
            } else if firstCharacter(Array(line)) != nil {
                try await body(record(Array(line), line: number, names))
            }
        }
        guard isList == true else { return }
        let value: JSON
        do throws(JSONError) { value = try JSON.parse(whole) } catch {
            throw CommandError.failed("\(path): \(error.message(in: whole)).")
        }
        for (place, item) in (value.arrayValue ?? []).enumerated() {
            try await body(record(item, line: place + 1, names))
        }
    }

    private static func record(_ bytes: [UInt8], line: Int, _ names: Set<String>) -> ImportRecord {
        do throws(JSONError) {
            return record(try JSON.parse(bytes), line: line, names)
        } catch {
            return ImportRecord(
                line: line, values: [],
                fault: "This is no JSON: column \(error.position(in: bytes.span).column), \(error.reason.rawValue).")
        }
    }

    private static func record(_ value: JSON, line: Int, _ names: Set<String>) -> ImportRecord {
        var made = ImportRecord(line: line, values: [])
        guard let object = value.objectValue else {
            made.fault = RejectCode.notAnObject.explanation
            return made
        }
        for (key, value) in object {
            let column = name(key)
            guard names.contains(column) else {
                made.fault = "“\(key)” means nothing here. There are: \(list(names))."
                return made
            }
            switch value {
            case .null: break
            case .string(let text): made.values.append((column, text))
            case .array(let items) where items.allSatisfy({ $0.stringValue != nil }):
                made.values.append((column, items.compactMap(\.stringValue).joined(separator: ",")))
            default: made.values.append((column, value.text))
            }
        }
        return made
    }

    // MARK: Names

    /// `Time Zone`, `time_zone` and `time-zone` are one column.
    private static func name(_ header: String) -> String {
        String(header.trimmingBlanks.lowercased().map { $0 == " " || $0 == "_" ? "-" : $0 })
    }

    private static func list(_ names: Set<String>) -> String { names.sorted().joined(separator: ", ") }
}
