import Foundation
import Synchronization

/// A far end written in Python: a script of `scripts/oracle` that prints its port, serves until its input ends, and
/// answers each line of input with lines and an empty one.
package final class PythonServer: Sendable {
    package let port: UInt16
    private let talk: Mutex<Talk>

    private struct Talk {
        let process: Process
        let input: Pipe
        let output: Pipe

        func line() throws -> String {
            var bytes: [UInt8] = []
            while true {
                guard let piece = try output.fileHandleForReading.read(upToCount: 1), let byte = piece.first else {
                    throw PythonOracle.Failed(description: "the Python server has ended")
                }
                if byte == 0x0A { return String(decoding: bytes, as: UTF8.self) }
                bytes.append(byte)
            }
        }
    }

    package init(_ script: String, _ arguments: [String] = []) throws {
        let process = PythonOracle.process(script, arguments)
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let talk = Talk(process: process, input: input, output: output)
        guard let port = UInt16(try talk.line()) else {
            process.terminate()
            throw PythonOracle.Failed(description: "\(script) printed no port")
        }
        self.port = port
        self.talk = Mutex(talk)
    }

    /// What the server answers to a line.
    package func lines(_ question: String) throws -> [String] {
        try talk.withLock { talk in
            try talk.input.fileHandleForWriting.write(contentsOf: Data("\(question)\n".utf8))
            var lines: [String] = []
            while true {
                let line = try talk.line()
                if line.isEmpty { return lines }
                lines.append(line)
            }
        }
    }

    package func stop() {
        talk.withLock { talk in
            try? talk.input.fileHandleForWriting.close()
            talk.process.waitUntilExit()
        }
    }
}
