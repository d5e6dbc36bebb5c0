package import Domain
import Foundation

/// Runs a generator of `scripts/oracle` and hands out what it prints: what another implementation says about generated
/// inputs. Needs the environment that `scripts/oracle-requirements.txt` describes.
package enum PythonOracle {
    package struct Failed: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    package static func lines(_ script: String, _ arguments: [String] = []) throws -> [Substring] {
        let process = try start(script, arguments, input: .nothing)
        let output = process.rest()
        let code = process.wait()
        guard code == 0 else { throw Failed(description: "\(script) ended with \(code)") }
        return String(decoding: output, as: UTF8.self).split(separator: "\n")
    }

    /// A script that writes to a pipe, and ends with its input where that is one, so that none outlives the tests.
    package static func start(
        _ script: String, _ arguments: [String], input: ChildProcess.Stream = .pipe,
        errors: ChildProcess.Stream = .ours
    ) throws -> ChildProcess {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let python =
            ProcessInfo.processInfo.environment["HERALD_PYTHON"] ?? root.appending(path: ".venv/bin/python").path
        return try ChildProcess(
            python, [root.appending(path: "scripts/oracle/\(script)").path] + arguments,
            environment: ["PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"], input: input, output: .pipe,
            errors: errors)
    }

    /// The lines of a generator that writes JSON.
    package static func json(_ script: String, _ arguments: [String] = []) throws -> [JSON] {
        try lines(script, arguments).map { try JSON.parse(String($0)) }
    }

    /// The bytes that a generator wrote as hexadecimal digits.
    package static func bytes(hex: Substring) -> [UInt8] {
        let digits = hex.utf8.map { $0 >= 0x61 ? $0 - 0x57 : $0 - 0x30 }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
