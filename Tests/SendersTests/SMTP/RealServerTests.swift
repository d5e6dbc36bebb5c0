import Domain
internal import Foundation
import TestSupport
import Testing

@testable import Senders

/// The provider against servers that others wrote.
@Suite struct RealServerTests {
    private static let login = #","user":"herald","password":"secret""#

    @Test(arguments: ["starttls", "tls"])
    func aMessageArrivesEncryptedAndLoggedIn(_ security: String) async throws {
        let server = try MailServer(mode: security)
        defer { server.stop() }
        let ca = #","ca_file":"\#(server.folder.path)/ca.pem","messages_per_connection":3"#
        let names = (0..<8).map { "u\($0)" }
        let outcomes = try await sendMail(
            mailBatch(to: names.map { $0 + "@customer.example" }, text: "Grüße\n.\n..dots", subject: "Grüße"),
            port: server.port, Self.login + ca, security: security)
        #expect(outcomes == names.map { .sent(reference: "Q\($0.uppercased())", cost: nil) })
        let messages = try server.messages()
        #expect(messages.map { $0["to"] } == names.map { [.string($0 + "@customer.example")] })
        #expect(messages.allSatisfy { $0["from"] == "news@acme.example" && $0["login"] == true })
        if security == "starttls" { #expect(messages.allSatisfy { $0["secure"] == true }) }
        // Three on each connection.
        #expect(Set(messages.compactMap { $0["peer"]?.text }).count == 3)
        let text = String(
            decoding: PythonOracle.bytes(hex: messages[0]["message"]?.stringValue?[...] ?? ""), as: UTF8.self)
        #expect(text.contains("Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n"))
        #expect(text.hasSuffix("\r\n\r\nGrüße\r\n.\r\n..dots\r\n"))
    }

    @Test func eachRecipientHasAnAnswerOfItsOwn() async throws {
        let server = try MailServer(mode: "plain")
        defer { server.stop() }
        let witness = TestWitness()
        let names = ["ann", "full", "busy", "bob", "slow", "nobody", "spam", "blocked", "cat"]
        let outcomes = try await sendMail(
            mailBatch(to: names.map { $0 + "@customer.example" }), port: server.port, witness: witness)
        #expect(
            outcomes == [
                .sent(reference: "QANN", cost: nil), .temporary(reason: "mailbox_refused (smtp 452 4.2.2)"),
                .temporary(reason: "provider_busy (smtp 451 4.3.0)"), .sent(reference: "QBOB", cost: nil),
                .throttled(after: .seconds(30)), .permanent(reason: "invalid_recipient (smtp 550 5.1.1)"),
                .permanent(reason: "content_refused (smtp 554 5.7.1)"),
                .temporary(reason: "sender_refused (smtp 550 5.7.1)"), .sent(reference: "QCAT", cost: nil),
            ])
        #expect(
            witness.calls.sorted { $0.places.lowerBound < $1.places.lowerBound }.map(\.status) == [
                250, 452, 451, 250, 450, 550, 554, 550, 250,
            ])
        #expect(Set(try server.messages().compactMap { $0["peer"]?.text }).count == 1)
    }

    @Test func aWrongPasswordIsTheAccountsFault() async throws {
        let server = try MailServer(mode: "starttls")
        defer { server.stop() }
        let outcomes = try await sendMail(
            mailBatch(), port: server.port,
            #","user":"herald","password":"wrong","ca_file":"\#(server.folder.path)/ca.pem""#, security: "starttls")
        #expect(outcomes == [.temporary(reason: "account_refused (smtp 535 5.7.8)")])
        #expect(try server.messages().isEmpty)
    }

    @Test(arguments: [
        ("expired", true, "certificate has expired"), ("other", true, "hostname mismatch"),
        ("starttls", false, "unable to get local issuer certificate"),
    ])
    func aCertificateThatProvesNothingGetsNoMessage(_ mode: String, _ isTrusted: Bool, _ reason: String) async throws {
        let server = try MailServer(mode: mode)
        defer { server.stop() }
        let ca = isTrusted ? #","ca_file":"\#(server.folder.path)/ca.pem""# : ""
        let outcomes = try await sendMail(mailBatch(), port: server.port, Self.login + ca, security: "starttls")
        #expect(outcomes == [.notSent(reason: "no_connection (smtp \(reason))")])
        #expect(try server.messages().isEmpty)
    }

    @Test func anAddressInAnotherScriptNeedsAndGetsSMTPUTF8() async throws {
        let server = try MailServer(mode: "plain")
        defer { server.stop() }
        let outcomes = try await sendMail(mailBatch(to: ["élodie@customer.example"]), port: server.port)
        #expect(outcomes.map(\.kind) == [.sent])
        let message = try #require(try server.messages().first)
        #expect(message["to"] == ["élodie@customer.example"])
        #expect(message["options"]?.arrayValue?.contains("SMTPUTF8") == true)
    }

    @Test func aMessageOverTheServersSizeIsNotOffered() async throws {
        let server = try MailServer(mode: "plain")
        defer { server.stop() }
        var batch = mailBatch(to: ["a@customer.example", "b@customer.example"])
        batch.attachments = [
            Senders.Attachment(name: "a.bin", type: "application/pdf", bytes: [UInt8](repeating: 0, count: 180_000))
        ]
        let outcomes = try await sendMail(batch, port: server.port)
        #expect(outcomes.allSatisfy { $0 == .permanent(reason: "too_large (smtp SIZE)") })
        batch.attachments[0].bytes.removeLast(60_000)
        #expect(try await sendMail(batch, port: server.port).allSatisfy { $0.kind == .sent })
    }

    /// Many connections, pipelined, to a server whose own log is the judge: each message once, none mixed with another.
    @Test func everyMessageArrivesOnceAtPostfixsSink() async throws {
        let server = try await MailServer(sink: ["-d", "mail."])
        defer { server.stop() }
        let recipients = (0..<500).map { "user\($0)@customer.example" }
        let outcomes = try await sendMail(
            mailBatch(to: recipients, text: "Line one\n.\nLine three"), port: server.port, connections: 8)
        #expect(outcomes.allSatisfy { $0.kind == .sent })
        var seen: [String] = []
        for file in try FileManager.default.contentsOfDirectory(at: server.folder, includingPropertiesForKeys: nil) {
            let text = try String(contentsOf: file, encoding: .utf8)
            let envelope = try #require(text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("X-Rcpt-Args: ") })
            let header = try #require(text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("To: ") })
            #expect(envelope.dropFirst(13) == "<\(header.dropFirst(4))>")
            #expect(text.contains("Line one") && text.contains("Line three"))
            seen.append(String(header.dropFirst(4)))
        }
        #expect(seen.sorted() == recipients.sorted())
    }

    /// Refusals and disconnections at random, as the sink does them: what was reported as sent is what it kept.
    @Test(arguments: ["-f", "-r", "-q", "-Q"], ["MAIL", "RCPT", "DATA", "."])
    func afterFaultsOfTheSinkNothingIsSentTwiceOrLost(_ fault: String, _ command: String) async throws {
        let server = try await MailServer(sink: [fault, command])
        defer { server.stop() }
        let witness = TestWitness()
        let outcomes = try await sendMail(
            mailBatch(to: (0..<12).map { "user\($0)@customer.example" }), port: server.port, connections: 3,
            witness: witness)
        #expect(outcomes.count == 12)
        #expect(witness.begun == witness.calls.count)
        let kinds = Set(outcomes.map(\.kind))
        switch (fault, command) {
        case ("-f", _): #expect(kinds == [.permanent])
        case ("-r", _): #expect(kinds == [.temporary])
        // Closed without an answer to the dot: it may have been taken.
        case ("-q", "."): #expect(kinds.contains(.inDoubt) && kinds.isSubset(of: [.inDoubt, .notSent]))
        case ("-q", _): #expect(kinds == [.notSent])
        default: #expect(kinds.isSubset(of: [.temporary, .throttled]))
        }
    }
}
