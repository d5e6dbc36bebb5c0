import Domain
import Foundation

/// `herald sandbox` as a process of its own on a port that the system chose; ends with `stop`.
final class SandboxProcess: Sendable {
    let url: String
    private let process: SpawnedProcess

    private init(url: String, process: SpawnedProcess) {
        self.url = url
        self.process = process
    }

    static func start() async throws -> SandboxProcess {
        let process = try SpawnedProcess(HeraldCommand.binary, ["sandbox", "--port", "0", "--json"])
        // Blocks until the server says where it listens, or ends.
        let line = process.firstLine()
        guard let url = (try? JSON.parse(line))?["url"]?.stringValue else {
            await process.stop()
            throw SandboxProcessError()
        }
        return SandboxProcess(url: url, process: process)
    }

    func stop() async { await process.stop() }
}

struct SandboxProcessError: Error {}

/// A process whose first line of output matters.
final class SpawnedProcess: @unchecked Sendable {  // Made, read and stopped by one test, one after the other.
    private let process = Process()
    private let output = Pipe()

    init(_ binary: URL, _ words: [String]) throws {
        process.executableURL = binary
        process.arguments = words
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        try process.run()
    }

    func firstLine() -> String {
        var bytes = Data()
        while bytes.last != 0x0A {
            let more = output.fileHandleForReading.readData(ofLength: 1)
            guard !more.isEmpty else { break }
            bytes += more
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func stop() async {
        process.terminate()
        process.waitUntilExit()
    }
}
