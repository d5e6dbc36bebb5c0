package import Domain
import Foundation

/// Runs a generator of `scripts/oracle` and hands out what it prints: what another implementation says about generated
/// inputs. Needs the environment that `scripts/oracle-requirements.txt` describes.
package enum PythonOracle {
    package struct Failed: Error, CustomStringConvertible {
        package let description: String
    }

    package static func lines(_ script: String, _ arguments: [String] = []) throws -> [Substring] {
        let output = Pipe()
        let process = process(script, arguments)
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failed(description: "\(script) ended with \(process.terminationStatus)")
        }
        return String(decoding: data, as: UTF8.self).split(separator: "\n")
    }

    /// A script, ready to be run.
    static func process(_ script: String, _ arguments: [String]) -> Process {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let python =
            ProcessInfo.processInfo.environment["HERALD_PYTHON"] ?? root.appending(path: ".venv/bin/python").path
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [root.appending(path: "scripts/oracle/\(script)").path] + arguments
        process.environment = ["PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"]
        return process
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
