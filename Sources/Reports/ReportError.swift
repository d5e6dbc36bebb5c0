import Storage

/// Why a report could not be made.
package enum ReportError: Error, Sendable, Hashable, CustomStringConvertible {
    case notWritten(FileError)

    package var description: String {
        switch self {
        case .notWritten(let error):
            "The report \(error.path) could not be written: \(error.reason). Name another folder with --out."
        }
    }
}
