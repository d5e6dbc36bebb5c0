private import Foundation
import TestSupport
import Testing

@testable import Senders

/// The provider over TLS, with a real SMSC behind a front that speaks it.
@Suite struct SMPPSecurityTests {
    /// An SMSC, the front before it, and the folder with its certificates.
    private final class SecureSMSC {
        let smsc: SMSCProcess
        let front: PythonServer
        let folder: URL

        init(host: String = "127.0.0.1", days: Int = 30, _ more: [String] = []) throws {
            folder = try MailServer.makeFolder()
            do {
                smsc = try SMSCProcess()
                front = try PythonServer(
                    "servers/tls_front.py", ["\(smsc.port)", folder.path, host, "\(days)"] + more)
            } catch {
                try? FileManager.default.removeItem(at: folder)
                throw error
            }
        }

        func settings(_ more: String = "", trusted: Bool = true) -> String {
            let authority = trusted ? #","ca_file":"\#(folder.path)/ca.pem""# : ""
            return smsc.settings(#","tls":true"# + authority + more, port: front.port)
        }

        func stop() throws {
            front.stop()
            try smsc.stop()
            try? FileManager.default.removeItem(at: folder)
        }
    }

    private func send(
        _ settings: String, to recipients: [String] = ["+6591110001"], text: String = "Hello"
    ) async throws -> [Outcome] {
        let loop = try SMPPLoop()
        let provider = SMPPProvider(name: "telco", config: try SMPPConfig(json: settings), loop: loop)
        let outcomes = await provider.send(testBatch(to: recipients, text: text), witness: TestWitness())
        loop.stop()
        return outcomes
    }

    @Test(arguments: [[], ["--tls12"]])
    func messagesGoOutEncrypted(_ more: [String]) async throws {
        let server = try SecureSMSC(more)
        // More than one record of TLS in a window, both ways.
        let recipients = (0..<400).map { "+6591\(100 + $0)0000" }
        let outcomes = try await send(
            server.settings(#","window":400"#), to: recipients, text: String(repeating: "Hello, and more. ", count: 8))
        #expect(outcomes.allSatisfy { $0.kind == .sent })
        #expect(Set(outcomes).count == recipients.count)
        try server.stop()
    }

    @Test func receiptsComeInEncrypted() async throws {
        let server = try SecureSMSC()
        let sink = RecordingSink()
        let loop = try SMPPLoop()
        let provider = SMPPProvider(
            name: "telco", config: try SMPPConfig(json: server.settings()), loop: loop, sink: sink)
        let outcomes = await provider.send(testBatch(to: ["+6591115000"]), witness: TestWitness())
        #expect(outcomes.map(\.kind) == [.sent])
        #expect(await sink.wait().flatMap(SMPPReceipts.read).count == 1)
        loop.stop()
        try server.stop()
    }

    /// Nothing is said to a server that cannot prove who it is, least of all the password.
    @Test(arguments: [
        ("127.0.0.1", 30, false, "unable to get local issuer certificate"),
        ("127.0.0.1", -1, true, "certificate has expired"),
        ("other.test", 30, true, "IP address mismatch"),
    ])
    func aServerThatProvesNothingIsNotSpokenTo(
        _ host: String, _ days: Int, _ isTrusted: Bool, _ why: String
    ) async throws {
        let server = try SecureSMSC(host: host, days: days)
        let outcomes = try await send(server.settings(trusted: isTrusted))
        #expect(outcomes == [.notSent(reason: "no_connection (smpp: \(why))")])
        try server.stop()
    }

    @Test func aServerThatSpeaksInClearIsNotSpokenTo() async throws {
        let smsc = try SMSCProcess()
        let outcomes = try await send(smsc.settings(#","tls":true,"connect_timeout_ms":2000"#))
        #expect(outcomes.map(\.kind) == [.notSent])
        #expect(try smsc.stop().isEmpty)
    }
}
