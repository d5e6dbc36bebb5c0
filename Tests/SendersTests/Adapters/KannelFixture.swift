private import Foundation
import Glibc
import TestSupport

/// Kannel as Debian packages it, on ports of its own: the bearerbox with a fake SMSC behind it, and the smsbox that
/// takes our requests.
final class KannelFixture {
    var port: UInt16 { ports[0].number }
    private let folder: URL
    private var processes: [ChildProcess] = []
    /// For our requests, an administrator, the smsbox and the SMSC.
    private let ports = (0..<4).map { _ in HeldPort() }

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "herald-kannel-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appending(path: "spool"), withIntermediateDirectories: true)
        let config = """
            group = core
            admin-port = \(ports[1].number)
            admin-password = x
            smsbox-port = \(ports[2].number)
            log-level = 0
            log-file = \(folder.path)/bearerbox.log
            store-type = spool
            store-location = \(folder.path)/spool
            dlr-storage = internal
            sms-outgoing-queue-limit = 5

            group = smsc
            smsc = fake
            smsc-id = FAKE
            port = \(ports[3].number)
            reconnect-delay = 1
            connect-allow-ip = 127.0.0.1

            group = smsbox
            bearerbox-host = 127.0.0.1
            sendsms-port = \(port)
            log-level = 0
            log-file = \(folder.path)/smsbox.log

            group = sendsms-user
            username = u
            password = p&
            max-messages = 3

            group = sms-service
            keyword = default
            text = "No"

            """
        try config.write(to: folder.appending(path: "kannel.conf"), atomically: true, encoding: .utf8)
        do {
            try await startBoxes()
        } catch {
            stop()
            throw error
        }
    }

    private func startBoxes() async throws {
        try start("/usr/sbin/bearerbox", [folder.path + "/kannel.conf"])
        try await eventually { ports[2].isServed }
        try start("/usr/sbin/smsbox", [folder.path + "/kannel.conf"])
        try await eventually { ports[0].isServed }
        try await eventually { log("smsbox.log").contains("Connected to bearerbox") }
    }

    /// A fake SMSC connects; messages that waited go to it.
    func connectSMSC() throws {
        try start(
            "/usr/lib/kannel/test/fakesmsc",
            ["-H", "127.0.0.1", "-r", "\(ports[3].number)", "-m", "0", "-v", "0", "1 2 text hi"], "smsc.log")
    }

    func log(_ name: String) -> String {
        (try? Data(contentsOf: folder.appending(path: name))).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    func stop() {
        for process in processes.reversed() {
            // It would wait for messages that have no way out.
            process.signal(SIGKILL)
            process.wait()
        }
        try? FileManager.default.removeItem(at: folder)
    }

    private func start(_ program: String, _ arguments: [String], _ log: String? = nil) throws {
        let output = log.map { ChildProcess.Stream.file(folder.appending(path: $0).path) } ?? .nothing
        processes.append(
            try ChildProcess(
                program, arguments, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], output: output,
                errors: log == nil ? .nothing : .output))
    }
}
