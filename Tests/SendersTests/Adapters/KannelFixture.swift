private import Foundation
import Glibc

/// Kannel as Debian packages it, on ports of its own: the bearerbox with a fake SMSC behind it, and the smsbox that
/// takes our requests.
final class KannelFixture {
    let port: UInt16
    private let folder: URL
    private var processes: [Process] = []
    private let smscPort: UInt16

    struct Silent: Error {}

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "herald-kannel-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appending(path: "spool"), withIntermediateDirectories: true)
        let ports = Self.freePorts(4)
        port = ports[0]
        smscPort = ports[3]
        let config = """
            group = core
            admin-port = \(ports[1])
            admin-password = x
            smsbox-port = \(ports[2])
            log-level = 0
            log-file = \(folder.path)/bearerbox.log
            store-type = spool
            store-location = \(folder.path)/spool
            dlr-storage = internal
            sms-outgoing-queue-limit = 5

            group = smsc
            smsc = fake
            smsc-id = FAKE
            port = \(smscPort)
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
            try startBoxes(ports[2])
        } catch {
            stop()
            throw error
        }
    }

    private func startBoxes(_ boxPort: UInt16) throws {
        try start("/usr/sbin/bearerbox", [folder.path + "/kannel.conf"])
        try waitFor { Self.isOpen(boxPort) }
        try start("/usr/sbin/smsbox", [folder.path + "/kannel.conf"])
        try waitFor { Self.isOpen(port) }
        try waitFor { log("smsbox.log").contains("Connected to bearerbox") }
    }

    /// A fake SMSC connects; messages that waited go to it.
    func connectSMSC() throws {
        try start(
            "/usr/lib/kannel/test/fakesmsc",
            ["-H", "127.0.0.1", "-r", "\(smscPort)", "-m", "0", "-v", "0", "1 2 text hi"], "smsc.log")
    }

    func log(_ name: String) -> String {
        (try? Data(contentsOf: folder.appending(path: name))).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Polls, for at most half a minute.
    func waitFor(_ condition: () -> Bool) throws {
        for _ in 0..<600 {
            if condition() { return }
            usleep(50_000)
        }
        throw Silent()
    }

    func stop() {
        for process in processes.reversed() {
            // It would wait for messages that have no way out.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: folder)
    }

    private func start(_ program: String, _ arguments: [String], _ log: String? = nil) throws {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        var output = FileHandle.nullDevice
        if let log {
            _ = FileManager.default.createFile(atPath: folder.appending(path: log).path, contents: nil)
            output = try FileHandle(forWritingTo: folder.appending(path: log))
        }
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        processes.append(process)
    }

    private static func freePorts(_ count: Int) -> [UInt16] {
        let sockets = (0..<count).map { _ in bound(0) }
        for (socket, _) in sockets { close(socket) }
        return sockets.map(\.1)
    }

    private static func bound(_ port: UInt16) -> (Int32, UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = address(port)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                _ = bind(descriptor, name, length)
                _ = getsockname(descriptor, name, &length)
            }
        }
        return (descriptor, UInt16(bigEndian: name.sin_port))
    }

    private static func isOpen(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var name = address(port)
        return withUnsafeMutablePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                connect(descriptor, name, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        name.sin_port = port.bigEndian
        return name
    }
}
