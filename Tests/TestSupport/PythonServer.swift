/// A far end written in Python: a script of `scripts/oracle` that prints its port, serves until its input ends, and
/// answers each line of input with lines and an empty one.
package final class PythonServer: Sendable {
    package let port: UInt16
    private let process: ChildProcess

    package init(_ script: String, _ arguments: [String] = []) throws {
        process = try PythonOracle.start(script, arguments)
        guard let line = process.line(), let port = UInt16(line) else {
            throw PythonOracle.Failed(description: "\(script) printed no port")
        }
        self.port = port
    }

    /// What the server answers to a line.
    package func lines(_ question: String) throws -> [String] {
        process.write(Array("\(question)\n".utf8))
        var lines: [String] = []
        while let line = process.line() {
            if line.isEmpty { return lines }
            lines.append(line)
        }
        throw PythonOracle.Failed(description: "the Python server has ended")
    }

    package func stop() {
        process.closeInput()
        process.wait()
    }
}
