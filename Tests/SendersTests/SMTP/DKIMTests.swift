import Crypto
import Domain
internal import Foundation
import TestSupport
import Testing

@testable import Senders

/// Signatures judged by dkimpy.
@Suite struct DKIMTests {
    private static let keys = Result { try PythonOracle.json("mail/dkim_signatures.py", ["keys"])[0] }

    private static func key(_ name: String) throws -> String { try #require(try keys.get()[name]?.stringValue) }

    private static func settings() throws -> MailSettings {
        var settings = MailSettings(from: try #require(Mailbox("Grüße von Acme <news@acme.example>")))
        settings.unsubscribe = UnsubscribeURL("https://acme.example/u/{{id}}")
        settings.dkim = [
            try DKIMKey(domain: "acme.example", selector: "r1", pem: key("rsa")),
            try DKIMKey(domain: "acme.example", selector: "e1", pem: key("ed25519")),
        ]
        return settings
    }

    @Test func signaturesHoldAndWhatIsAlteredDoesNot() throws {
        let folder = try MailServer.makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let records: JSON = [
            "r1._domainkey.acme.example": .string(try Self.key("rsa_record")),
            "e1._domainkey.acme.example": .string(try Self.key("ed25519_record")),
        ]
        try records.text.write(to: folder.appending(path: "records.json"), atomically: false, encoding: .utf8)
        let texts = [
            "Hello", "", ".\n..\n", "trailing \t \n\n\n", "  a \t b  \n\n c\n",
            "Grüße " + String(repeating: "é", count: 500),
            "\n\n\nlate", String(repeating: "long ", count: 900),
        ]
        for (number, text) in texts.enumerated() {
            var batch = mailBatch(
                text: text, subject: number % 2 == 0 ? "Plain  subject" : String(repeating: "Grüße ", count: 40),
                rich: number % 3 == 0 ? "<p>\(text)</p>" : "")
            batch.category = .marketing
            if number == 3 {
                batch.attachments = [Senders.Attachment(name: "a.bin", type: "application/pdf", bytes: [1, 2])]
            }
            let message = try MailComposerTests.compose(MailSource(batch, settings: Self.settings()), eightBits: true)
            try Data(message.utf8).write(to: folder.appending(path: "\(number).eml"))
        }
        let good: JSON = [["rsa-sha256", true], ["ed25519-sha256", true]]
        let bad: JSON = [["rsa-sha256", false], ["ed25519-sha256", false]]
        let verdicts = try PythonOracle.json("mail/dkim_signatures.py", ["verify", folder.path])
        #expect(verdicts.count == texts.count)
        for (number, verdict) in verdicts.enumerated() {
            #expect(verdict["signatures"] == good, "\(number)")
            #expect(verdict["forged"] == bad, "\(number)")
            #expect(verdict["doubled"] == bad, "\(number)")
            #expect(verdict["relinked"] == bad, "\(number)")
            #expect(verdict["altered"] == bad, "\(number)")
        }
    }

    @Test func onlyTheSendersDomainSigns() throws {
        var settings = try Self.settings()
        settings.dkim.append(try DKIMKey(domain: "other.example", selector: "o1", pem: Self.key("ed25519")))
        let own = try MailSource(mailBatch(from: "a@mail.acme.example"), settings: settings)
        #expect(own.keys.map(\.selector) == ["r1", "e1"])
        let other = try MailSource(mailBatch(from: "a@other.example"), settings: settings)
        #expect(other.keys.map(\.selector) == ["o1"])
        let third = try MailSource(mailBatch(from: "a@notacme.example"), settings: settings)
        #expect(third.keys.count == 3)
    }

    @Test func aKeyThatReceiversRefuseIsRefusedHere() throws {
        #expect(throws: DKIMKey.Fault.tooShort(bits: 1024)) {
            try DKIMKey(domain: "a.example", selector: "s", pem: Self.key("short"))
        }
        #expect(throws: DKIMKey.Fault.wrongKind) {
            try DKIMKey(domain: "a.example", selector: "s", pem: Self.key("elliptic"))
        }
        #expect(throws: DKIMKey.Fault.unreadable(.unreadableKey)) {
            try DKIMKey(domain: "a.example", selector: "s", pem: "none")
        }
    }
}
