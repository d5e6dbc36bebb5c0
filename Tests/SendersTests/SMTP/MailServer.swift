import Domain
internal import Foundation
import TestSupport
import Testing

@testable import Senders

/// A program that serves mail in a folder of its own, ended and removed by `stop`.
final class MailServer {
    let folder: URL
    let port: Int
    private let process = Process()
    private let input = Pipe()
    private let isSink: Bool

    /// aiosmtpd, in one of the modes of `scripts/oracle/mail/smtp_server.py`.
    init(mode: String) throws {
        folder = try Self.makeFolder()
        isSink = false
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let python =
            ProcessInfo.processInfo.environment["HERALD_PYTHON"] ?? root.appending(path: ".venv/bin/python").path
        let output = Pipe()
        process.executableURL = URL(filePath: python)
        process.arguments = [root.appending(path: "scripts/oracle/mail/smtp_server.py").path, mode, folder.path]
        process.environment = ["PYTHONDONTWRITEBYTECODE": "1"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
            // The first line comes when it listens; an end of the program ends the reading.
            var line: [UInt8] = []
            let reading = output.fileHandleForReading
            while let byte = try reading.read(upToCount: 1)?.first, byte != 0x0A { line.append(byte) }
            port = try #require(Int(String(decoding: line, as: UTF8.self)))
        } catch {
            // Nobody stops what never came to be.
            try? FileManager.default.removeItem(at: folder)
            throw error
        }
    }

    /// Postfix's smtp-sink, which writes each transaction to a file of the folder.
    init(sink arguments: [String] = []) throws {
        folder = try Self.makeFolder()
        isSink = true
        port = try Self.freePort()
        let user = getuid() == 0 ? ["-u", "root"] : []
        // Unpacked by `./run test` where Postfix is not installed.
        let postfix = ProcessInfo.processInfo.environment["HERALD_POSTFIX"] ?? ""
        process.executableURL = URL(filePath: postfix + "/usr/sbin/smtp-sink")
        process.environment = ["LD_LIBRARY_PATH": postfix + "/usr/lib/postfix"]
        process.arguments = user + arguments + ["127.0.0.1:\(port)", "100"]
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
            try Self.waitUntilListening(port)
        } catch {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            try? FileManager.default.removeItem(at: folder)
            throw error
        }
    }

    func stop() {
        try? input.fileHandleForWriting.close()
        // A child of one of the pool's threads inherits its blocked signals: only this one arrives.
        if isSink { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    /// What aiosmtpd took, in order.
    func messages() throws -> [JSON] {
        let text = try String(contentsOf: folder.appending(path: "messages.jsonl"), encoding: .utf8)
        return try text.split(separator: "\n").map { try JSON.parse(String($0)) }
    }

    static func makeFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "herald-mail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private static func freePort() throws -> Int {
        let server = try RawServer { _ in }
        defer { server.stop() }
        return Int(server.port)
    }

    private static func waitUntilListening(_ port: Int) throws {
        for _ in 0..<500 {
            if case .success(let wire) = SMTPWire.open(.here(port)), wire.isOpenSoon { return }
            usleep(10_000)
        }
        throw NotListening()
    }

    struct NotListening: Error {}
}

extension AddressLookup {
    /// Every name is this machine.
    static let here = AddressLookup { _, port, done in done([.here(port)]) }
}

extension SocketAddress {
    static func here(_ port: Int, host: UInt32 = 0x7F00_0001) -> SocketAddress {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(UInt16(port).bigEndian)
        name.sin_addr.s_addr = host.bigEndian
        return SocketAddress(family: AF_INET, bytes: withUnsafeBytes(of: name) { Array($0) })
    }
}

extension SMTPWire {
    /// Whether somebody listens, on this machine, where that is known at once.
    fileprivate var isOpenSoon: Bool {
        usleep(1_000)
        return connectFault() == nil
    }
}

/// Sends a batch through a provider of its own and stops it.
func sendMail(
    _ batch: MessageBatch, port: Int, _ settings: String = "", host: String = "mail.test",
    security: String = "none", isInternal: Bool = true, connections: Int = 1, lookup: AddressLookup = .here,
    witness: any CallWitness = TestWitness()
) async throws -> [Outcome] {
    let config = try SMTPConfig(
        json: """
            {"host":"\(host)","port":\(port),"security":"\(security)","from":"Acme Bank <news@acme.example>",
            "internal":\(isInternal),"connections":\(connections)\(settings)}
            """)
    let loop = try SMTPLoop()
    let provider = SMTPProvider(name: "mail", endpoint: SMTPEndpoint(config, lookup: lookup), loop: loop)
    let outcomes = await provider.send(batch, witness: witness)
    loop.stop()
    return outcomes
}

func mailBatch(
    to recipients: [String] = ["ann@customer.example"], text: String = "Hello", subject: String = "Greetings",
    rich: String = "", from: String = ""
) -> MessageBatch {
    testBatch(to: recipients, text: text, subject: subject, rich: rich, from: from, channel: .email)
}
