import Domain
private import Foundation
import Synchronization

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
        guard let line = reader.first(), let port = UInt16(line) else { throw NotStarted() }
        self.port = port
    }

    struct NotStarted: Error {}

    /// Settings of a provider that binds to it.
    func settings(_ more: String = "") -> String {
        #"{"host":"127.0.0.1","port":\#(port),"internal":true,"system_id":"u","password":"p"\#(more)}"#
    }

    /// Ends it, and hands out what it said.
    @discardableResult func stop() throws -> [JSON] {
        try? input.fileHandleForWriting.close()
        let said = try reader.rest().map { try JSON.parse($0) }
        process.waitUntilExit()
        return said
    }

    /// Reads all the time on a thread of its own: a pipe that is full would hold up the SMSC.
    private final class Reader: Sendable {
        private let lines = Mutex<[String]>([])
        private let started = DispatchSemaphore(value: 0)
        private let ended = DispatchSemaphore(value: 0)

        init(_ handle: FileHandle) {
            Thread { [self] in
                var bytes: [UInt8] = []
                while true {
                    let more = handle.availableData
                    if more.isEmpty { break }
                    bytes += more
                    while let end = bytes.firstIndex(of: 0x0A) {
                        let line = String(decoding: bytes[..<end], as: UTF8.self)
                        bytes.removeFirst(end + 1)
                        self.lines.withLock { $0.append(line) }
                        started.signal()
                    }
                }
                started.signal()
                ended.signal()
            }.start()
        }

        /// The first line; nil where there came none.
        func first() -> String? {
            started.wait()
            return lines.withLock { $0.first }
        }

        /// Everything behind the first line, once there can be no more.
        func rest() -> [String] {
            ended.wait()
            return lines.withLock { Array($0.dropFirst()) }
        }
    }
}
