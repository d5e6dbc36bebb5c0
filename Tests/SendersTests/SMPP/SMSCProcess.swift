import Domain
import Foundation

/// A real SMSC (`scripts/oracle/servers/smsc.py`, on `smpp.twisted3`) for one test. Ends with its standard input, so
/// that none outlives a test run that dies.
final class SMSCProcess: Sendable {
    let port: UInt16
    private let process: Process
    private let input = Pipe()
    private let reader: Reader

    init(_ arguments: [String] = []) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let python =
            ProcessInfo.processInfo.environment["HERALD_PYTHON"] ?? root.appending(path: ".venv/bin/python").path
        let output = Pipe()
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [root.appending(path: "scripts/oracle/servers/smsc.py").path] + arguments
        process.environment = ["PYTHONDONTWRITEBYTECODE": "1"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        self.process = process
        reader = Reader(output.fileHandleForReading)
        guard let line = reader.line(), let port = UInt16(line) else { throw NotStarted() }
        self.port = port
    }

    struct NotStarted: Error {}

    /// Settings of a provider that binds to it.
    func settings(_ more: String = "") -> String {
        #"{"host":"127.0.0.1","port":\#(port),"internal":true,"system_id":"u","password":"p"\#(more)}"#
    }

    /// What it said next. Blocks until it does.
    func next() throws -> JSON {
        guard let line = reader.line() else { throw NotStarted() }
        return try JSON.parse(line)
    }

    /// Ends it, and hands out what it said that nobody has asked for.
    @discardableResult func stop() throws -> [JSON] {
        try? input.fileHandleForWriting.close()
        var rest: [JSON] = []
        while let line = reader.line() { rest.append(try JSON.parse(line)) }
        process.waitUntilExit()
        return rest
    }

    /// At once, as a machine that loses its power.
    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Sendable because only the test's own thread reads lines, one after the other.
    private final class Reader: @unchecked Sendable {
        private let handle: FileHandle
        private var bytes: [UInt8] = []

        init(_ handle: FileHandle) { self.handle = handle }

        func line() -> String? {
            while true {
                if let end = bytes.firstIndex(of: 0x0A) {
                    defer { bytes.removeFirst(end + 1) }
                    return String(decoding: bytes[..<end], as: UTF8.self)
                }
                let more = handle.availableData
                guard !more.isEmpty else { return nil }
                bytes += more
            }
        }
    }
}
