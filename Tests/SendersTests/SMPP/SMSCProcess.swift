import Domain
import TestSupport

/// A real SMSC (`scripts/oracle/servers/smsc.py`, on `smpp.twisted3`) for one test. Ends with its standard input, so
/// that none outlives a test run that dies.
final class SMSCProcess: Sendable {
    let port: UInt16
    private let process: ChildProcess
    private let reading: Reading

    init(_ arguments: [String] = []) throws {
        process = try PythonOracle.start("servers/smsc.py", arguments)
        guard let line = process.line(), let port = UInt16(line) else { throw NotStarted() }
        self.port = port
        reading = Reading(process)
    }

    struct NotStarted: Error {}

    /// Settings of a provider that binds to it, or to what stands in front of it. Nothing is too slow unless a test says so.
    func settings(_ more: String = "", port front: UInt16? = nil) -> String {
        var fields = [#""host":"127.0.0.1","port":\#(front ?? port),"internal":true,"system_id":"u","password":"p""#]
        for name in ["connect_timeout_ms", "response_timeout_ms", "queue_timeout_ms"] where !more.contains(name) {
            fields.append(#""\#(name)":\#(Patience.milliseconds)"#)
        }
        return "{" + fields.joined(separator: ",") + more + "}"
    }

    /// What it said so far.
    func said() throws -> [JSON] { try reading.soFar.map { try JSON.parse($0) } }

    /// Ends it, and hands out what it said.
    @discardableResult func stop() throws -> [JSON] {
        process.closeInput()
        process.wait()
        return try reading.rest().map { try JSON.parse($0) }
    }
}
