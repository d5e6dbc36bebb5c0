private import Foundation
import Synchronization

/// A server of `scripts/oracle` that runs as long as a test: it prints its port and then a line for each request, and
/// ends with its standard input, so that none outlives the tests.
final class PythonFarEnd: Sendable {
    let port: Int
    private let process: Process
    private let input = Pipe()
    private let seen = Mutex<(text: String, isOver: Bool)>(("", false))

    init(_ script: String, _ arguments: [String]) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let python =
            ProcessInfo.processInfo.environment["HERALD_PYTHON"] ?? root.appending(path: ".venv/bin/python").path
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [root.appending(path: "scripts/oracle/\(script)").path] + arguments
        process.environment = ["PYTHONDONTWRITEBYTECODE": "1"]
        process.standardInput = input
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        self.process = process
        var first: [UInt8] = []
        while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 0x0A { first.append(byte) }
        guard let port = Int(String(decoding: first, as: UTF8.self)) else {
            throw CocoaError(.executableLoad)
        }
        self.port = port
        Thread { [self] in
            while let data = try? output.fileHandleForReading.read(upToCount: 65536), !data.isEmpty {
                seen.withLock { $0.text += String(decoding: data, as: UTF8.self) }
            }
            seen.withLock { $0.isOver = true }
        }.start()
    }

    /// Ends the server and gives the lines that it printed.
    func stop() -> [Substring] {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        while !seen.withLock({ $0.isOver }) { sched_yield() }
        return seen.withLock { $0.text }.split(separator: "\n")
    }
}
