import Domain
internal import Foundation
import TestSupport
import Testing

@testable import Senders

/// A program that serves mail in a folder of its own, ended and removed by `stop`.
final class MailServer {
    let folder: URL
    let port: Int
    private let process: ChildProcess
    /// Only the sink's, which can't say which one it got.
    private var held: HeldPort?

    /// aiosmtpd, in one of the modes of `scripts/oracle/mail/smtp_server.py`.
    init(mode: String) throws {
        folder = try Self.makeFolder()
        do {
            process = try PythonOracle.start("mail/smtp_server.py", [mode, folder.path], errors: .nothing)
            // The first line comes when it listens.
            port = try #require(process.line().flatMap { Int($0) })
        } catch {
            // Nobody stops what never came to be.
            try? FileManager.default.removeItem(at: folder)
            throw error
        }
    }

    /// Postfix's smtp-sink, which writes each transaction to a file of the folder.
    init(sink arguments: [String] = []) async throws {
        folder = try Self.makeFolder()
        let held = HeldPort()
        port = Int(held.number)
        let user = getuid() == 0 ? ["-u", "root"] : []
        // Unpacked by `./run test` where Postfix is not installed.
        let postfix = ProcessInfo.processInfo.environment["HERALD_POSTFIX"] ?? ""
        do {
            process = try ChildProcess(
                postfix + "/usr/sbin/smtp-sink", user + arguments + ["127.0.0.1:\(port)", "100"],
                environment: ["LD_LIBRARY_PATH": postfix + "/usr/lib/postfix"], folder: folder.path, errors: .nothing)
        } catch {
            try? FileManager.default.removeItem(at: folder)
            throw error
        }
        self.held = held
        do { try await eventually { held.isServed } } catch {
            stop()
            throw error
        }
    }

    func stop() {
        process.closeInput()
        if held != nil { process.signal(SIGKILL) }
        process.wait()
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

/// Sends a batch through a provider of its own and stops it.
func sendMail(
    _ batch: MessageBatch, port: Int, _ settings: String = "", host: String = "mail.test",
    security: String = "none", isInternal: Bool = true, connections: Int = 1, lookup: AddressLookup = .here,
    witness: any CallWitness = TestWitness()
) async throws -> [Outcome] {
    let patience = ["connect_timeout_ms", "reply_timeout_ms", "delivery_timeout_ms"]
        .filter { !settings.contains($0) }.map { ",\"\($0)\":\(Patience.milliseconds)" }.joined()
    let config = try SMTPConfig(
        json: """
            {"host":"\(host)","port":\(port),"security":"\(security)","from":"Acme Bank <news@acme.example>",
            "internal":\(isInternal),"connections":\(connections)\(settings)\(patience)}
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
