/// Why there is no usable master key. The text never holds key material.
package enum MasterKeyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `source` is the variable or file that holds something else than a key.
    case malformed(source: String)
    case unreadable(file: String, reason: String)
    /// Others than its owner may read the key file.
    case exposed(file: String)
    /// There is data, so a new key would only hide that the old one is lost.
    case lost(file: String)
    case notWritten(ClusterError)

    package var description: String {
        switch self {
        case .malformed(let source):
            "\(source) does not hold a master key: 32 bytes as 64 hexadecimal digits or in base64"
                + " (make one with: openssl rand -hex 32)"
        case .unreadable(let file, let reason):
            "Could not read the master key \(file): \(reason)"
        case .exposed(let file):
            "Other users may read the master key \(file). Close it with: chmod 600 '\(file)'"
        case .lost(let file):
            "The master key \(file) is missing, but there is data that was sealed with it. Restore the file from your"
                + " backup, or set HERALD_MASTER_KEY; without the key the addresses in the data can't be read"
        case .notWritten(let error): error.description
        }
    }
}
