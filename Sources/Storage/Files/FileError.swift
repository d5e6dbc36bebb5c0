import Glibc

/// Why a file could not be written.
package struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    package let path: String
    package let code: Int32

    package init(path: String, code: Int32) {
        self.path = path
        self.code = code
    }

    package var description: String { "\(path) can't be written: \(reason)." }

    /// In the system's words.
    package var reason: String { String(cString: strerror(code)) }
}
