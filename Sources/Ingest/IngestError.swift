/// Why a whole file cannot be taken. A bad row is never one of these: it becomes a reject.
///
/// Each text says what is wrong and what to do next. No text holds a cell of the file; header names,
/// which the user must see to mend the file, are shortened and stripped of control characters.
package enum IngestError: Error, Sendable, Equatable, CustomStringConvertible {
    case cannotOpen(reason: String)
    case readFailed(reason: String)
    case empty
    case headerOnly
    case notText(FileKind)
    case utf32
    case gzipTruncated
    case gzipDamaged(reason: String)
    case expandsTooMuch(limit: Int)
    case tooManyColumns(found: Int, limit: Int)
    case headerTooLong(limit: Int)
    case headerUnclosedQuote
    case headerUnreadable
    case duplicateHeader(name: String, first: Int, second: Int)
    case noHeader(column: Int)
    case noColumn(role: String, headers: [String])
    case ambiguousColumn(role: String, headers: [String])
    case mappedColumnMissing(role: String, header: String, headers: [String])
    case mappedTwice(header: String)
    case notRecords
    /// The template cannot be filled from this file; says which field it lacks.
    case templateNeeds(reason: String)
    case recordTooLong(line: Int)
    case spillFailed(reason: String)
    case cancelled
    /// The sink refused a shard; its own words.
    case storeFailed(reason: String)

    package var description: String {
        switch self {
        case .cannotOpen(let reason):
            "the file cannot be opened: \(reason)"
        case .readFailed(let reason):
            "reading the file failed: \(reason); nothing was sent, try again"
        case .empty:
            "the file is empty: export it again, with a header line and one recipient on each line"
        case .headerOnly:
            "the file has a header but no recipients: add one recipient on each line"
        case .notText(let kind):
            kind.advice
        case .utf32:
            "the file is UTF-32 text, which is not read: save it as UTF-8"
        case .gzipTruncated:
            "the gzip file ends too early: it was cut off on its way, copy or upload it again"
        case .gzipDamaged(let reason):
            "the gzip file is damaged (\(reason)): copy or upload it again"
        case .expandsTooMuch(let limit):
            "the gzip file grows beyond what is allowed (\(limit) bytes, or 400 times its size): split it"
        case .tooManyColumns(let found, let limit):
            "the header has \(found) columns and \(limit) are allowed: remove columns, or set --delimiter"
        case .headerTooLong(let limit):
            "the first line is longer than \(limit) bytes: is this a CSV file with a header?"
        case .headerUnclosedQuote:
            "a quote in the header line is never closed: close it or remove it"
        case .headerUnreadable:
            "the header line holds bytes that are not text: save the file as UTF-8"
        case .duplicateHeader(let name, let first, let second):
            "columns \(first) and \(second) are both called \"\(Self.shown(name))\": rename one of them"
        case .noHeader(let column):
            "the first line looks like a recipient (column \(column)), not a header: add a header line, or use --no-header"
        case .noColumn(let role, let headers):
            "no column looks like a \(role); name it with --map \(role)=COLUMN, where COLUMN is one of: "
                + Self.list(headers)
        case .ambiguousColumn(let role, let headers):
            "\(headers.count) columns could be the \(role): choose with "
                + headers.prefix(4).map { "--map \(role)=\"\(Self.shown($0))\"" }.joined(separator: " or ")
        case .mappedColumnMissing(let role, let header, let headers):
            "--map \(role)=\(Self.shown(header)): there is no such column; there are: \(Self.list(headers))"
        case .mappedTwice(let header):
            "column \"\(Self.shown(header))\" is mapped twice: give each column one --map"
        case .notRecords:
            "the file is JSON but not one object per line: write each recipient as {…} on a line of its own"
        case .templateNeeds(let reason):
            reason
        case .recordTooLong(let line):
            "the record on line \(line) is too long: is a quote missing there?"
        case .spillFailed(let reason):
            "the temporary folder cannot be used: \(reason); free some space or set TMPDIR"
        case .cancelled:
            "the upload was cancelled; nothing of it was kept"
        case .storeFailed(let reason):
            "storing the recipients failed: \(reason)"
        }
    }

    private static func list(_ headers: [String]) -> String {
        let names = headers.prefix(12).map { "\"\(shown($0))\"" }.joined(separator: ", ")
        return headers.count > 12 ? names + " and \(headers.count - 12) more" : names
    }

    /// A header name fit for a terminal: at most 60 characters, none of them a control character.
    private static func shown(_ name: String) -> String {
        let clean = String(name.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
        return clean.count > 60 ? clean.prefix(60) + "…" : clean
    }
}
