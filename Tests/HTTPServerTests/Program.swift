import Foundation

/// A program that is run to its end.
enum Program {
    struct Result {
        var status: Int32
        var output: String
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The virtual environment of the comparison tests.
    static var python: String {
        ProcessInfo.processInfo.environment["HERALD_PYTHON"] ?? root.appending(path: ".venv/bin/python").path
    }

    /// Blocks: for a thread of its own. Output and errors come together.
    static func run(_ path: String, _ arguments: [String]) throws -> Result {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
    }

    static func script(_ name: String, _ arguments: [String]) throws -> Result {
        try run(python, [root.appending(path: "scripts/oracle/http/\(name)").path] + arguments)
    }

    /// A folder that is gone after the work.
    static func withFolder<Value>(_ work: (String) throws -> Value) throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "herald-http-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try work(folder.path)
    }
}
