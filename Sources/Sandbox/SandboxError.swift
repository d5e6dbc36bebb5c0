/// Why the sandbox server did not start.
package enum SandboxError: Error, CustomStringConvertible {
    case cannotOpenLog(path: String, reason: String)

    package var description: String {
        switch self {
        case .cannotOpenLog(let path, let reason):
            "The call log \(path) cannot be opened (\(reason)): name a file in a folder that you may write to."
        }
    }
}
