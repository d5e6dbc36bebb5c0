private import Foundation
import TestSupport

/// A server of `scripts/oracle` that runs as long as a test: it prints its port and then a line for each request, and
/// ends with its standard input, so that none outlives the tests.
final class PythonFarEnd: Sendable {
    let port: Int
    private let process: ChildProcess
    private let reading: Reading

    init(_ script: String, _ arguments: [String]) throws {
        process = try PythonOracle.start(script, arguments)
        guard let line = process.line(), let port = Int(line) else {
            throw PythonOracle.Failed(description: "\(script) printed no port")
        }
        self.port = port
        reading = Reading(process)
    }

    /// Ends the server and gives the lines that it printed.
    func stop() -> [String] {
        process.closeInput()
        process.wait()
        return reading.rest()
    }
}
