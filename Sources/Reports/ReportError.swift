import Domain
import Storage

/// Why a report could not be made.
package enum ReportError: Error, Sendable, Hashable, CustomStringConvertible {
    case notWritten(FileError)
    case notRead(path: String, reason: String)
    /// Another process writes reports into the folder.
    case busy(folder: String, process: String)
    case noRate(from: [String], to: String, day: CivilDate)
    case tooLarge(currency: String)
    /// The folder holds the same report, made for something else.
    case otherReport(path: String, what: String)
    case workbook(String)
    case invoice(path: String, reason: String)

    package var description: String {
        switch self {
        case .notWritten(let error):
            "The report \(error.path) could not be written: \(error.reason). Nothing was left half written. "
                + "Mend that, or name another folder with --out, and run it again."
        case .notRead(let path, let reason):
            "\(path) could not be read: \(reason). Move it out of the folder if it is damaged, and run it again."
        case .busy(let folder, let process):
            "Another run\(process.isEmpty ? "" : " (process \(process))") is writing reports into \(folder). "
                + "This one stops; run it again when that one has ended."
        case .noRate(let from, let to, let day):
            "There is no rate from \(from.joined(separator: ", ")) to \(to) for \(day) or before. "
                + "`herald rate add --from \(from.first ?? "") --to \(to) --rate … --date \(day)` adds one; no file was written."
        case .tooLarge(let currency): "An amount in \(currency) is too large to be converted. No file was written."
        case .otherReport(let path, let what):
            "\(path) is the same report \(what). Name another folder with --out, so that neither replaces the other."
        case .workbook(let reason):
            "The workbook could not be made: \(reason). Leave --xlsx away, or make the period shorter."
        case .invoice(let path, let reason): "\(path): \(reason)"
        }
    }
}
