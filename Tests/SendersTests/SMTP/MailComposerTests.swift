import Domain
internal import Foundation
import TestSupport
import Testing

@testable import Senders

/// Messages read back by Python's `email`, on random contents.
@Suite struct MailComposerTests {
    private struct Case {
        var subject = ""
        var name = ""
        var text = ""
        var html = ""
        var attachments: [Senders.Attachment] = []
        var isMarketing = false
        var eightBits = false
    }

    @Test func pythonReadsBackWhatWasComposed() throws {
        var random = SeededRandom(seed: 2045)
        var cases = Self.known
        for _ in 0..<400 { cases.append(Self.randomCase(&random)) }
        let folder = try MailServer.makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        for (number, each) in cases.enumerated() {
            try Self.composed(each).write(to: folder.appending(path: "\(number).eml"))
        }
        let list = JSON.array(cases.map(Self.json))
        try list.text.write(to: folder.appending(path: "cases.json"), atomically: false, encoding: .utf8)
        let verdicts = try PythonOracle.json("mail/messages.py", [folder.path])
        #expect(verdicts.count == cases.count)
        for (number, verdict) in verdicts.enumerated() {
            #expect(verdict == .array([]), "case \(number): \(cases[number])")
        }
    }

    @Test func aDateIsWrittenAsRFC5322HasIt() {
        var bytes = RawBytes(capacity: 64)
        bytes.append(mailDate: Timestamp(micros: 1_791_872_107_999_999))
        let date = String(decoding: bytes.buffer, as: UTF8.self)
        #expect(date == "Tue, 13 Oct 2026 06:15:07 +0000")
        bytes.clear()
        bytes.append(mailDate: Timestamp(micros: 0))
        let first = String(decoding: bytes.buffer, as: UTF8.self)
        #expect(first == "Thu, 01 Jan 1970 00:00:00 +0000")
    }

    @Test func marketingMailSaysHowToBeRidOfIt() throws {
        var batch = mailBatch()
        batch.category = .marketing
        var settings = MailSettings(from: try #require(Mailbox("a@b.example")))
        #expect(throws: MailSource.Fault.noUnsubscribe) { try MailSource(batch, settings: settings) }
        settings.unsubscribe = UnsubscribeURL("https://b.example/u/{{id}}?x=1")
        let text = try Self.compose(MailSource(batch, settings: settings))
        #expect(text.contains("\r\nList-Unsubscribe: <https://b.example/u/1000?x=1>\r\n"))
        #expect(text.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"))
        #expect(text.contains("\r\nMessage-ID: <1000-herald@b.example>\r\n"))
    }

    @Test func aBatchsOwnSenderGoesBeforeTheConfiguredOne() throws {
        let settings = MailSettings(from: try #require(Mailbox("Usual <a@b.example>")))
        for (from, field) in [
            ("", "From: Usual <a@b.example>"), ("Other Name", "From: Other Name <a@b.example>"),
            ("c@d.example", "From: c@d.example"), ("New <c@d.example>", "From: New <c@d.example>"),
            ("Evil\r\nBcc: x", "From: \"Evil Bcc: x\" <a@b.example>"),
        ] {
            let text = try Self.compose(MailSource(mailBatch(from: from), settings: settings))
            #expect(text.hasPrefix(field + "\r\n"), "\(text.prefix(80))")
        }
        #expect(throws: MailSource.Fault.sender) { try MailSource(mailBatch(from: "a@b@c"), settings: settings) }
    }

    @Test func eightBitsTravelOnlyWhereTheyMayAndAreSaidSo() throws {
        let settings = MailSettings(from: try #require(Mailbox("a@b.example")))
        let source = try MailSource(mailBatch(text: "Grüße"), settings: settings)
        var composer = MailComposer()
        try composer.compose(source, 0, allowsEightBits: true, now: Timestamp(micros: 0))
        let isEightBit = composer.isEightBit
        #expect(isEightBit)
        try composer.compose(source, 0, allowsEightBits: false, now: Timestamp(micros: 0))
        let isStillEightBit = composer.isEightBit
        #expect(!isStillEightBit)
        let hasHighBytes = composer.wire.buffer.contains { $0 >= 0x80 }
        #expect(!hasHighBytes)
    }

    @Test func theSizeIsThatOfTheMessageWithoutDoubledDots() throws {
        let settings = MailSettings(from: try #require(Mailbox("a@b.example")))
        var composer = MailComposer()
        try composer.compose(
            MailSource(mailBatch(text: ".\n..\na"), settings: settings), 0, allowsEightBits: false,
            now: Timestamp(micros: 0))
        let (size, wire) = (composer.size, String(decoding: composer.wire.buffer, as: UTF8.self))
        #expect(wire.utf8.count == size + 2 + 3)
        #expect(wire.hasSuffix("\r\n\r\n..\r\n...\r\na\r\n.\r\n"))
    }

    static func compose(_ source: MailSource, eightBits: Bool = false) throws -> String {
        var composer = MailComposer()
        try composer.compose(source, 0, allowsEightBits: eightBits, now: Timestamp(micros: 1_700_000_000_000_000))
        return String(decoding: composer.wire.buffer, as: UTF8.self)
    }

    private static func composed(_ each: Case) throws -> Data {
        var batch = mailBatch(text: each.text, subject: each.subject, rich: each.html, from: each.name)
        batch.attachments = each.attachments
        if each.isMarketing { batch.category = .marketing }
        var settings = MailSettings(from: try #require(Mailbox("news@acme.example")))
        settings.unsubscribe = UnsubscribeURL("https://acme.example/u/{{id}}")
        settings.replyTo = Mailbox("Hilfe für Alle <help@acme.example>")
        var composer = MailComposer()
        try composer.compose(
            MailSource(batch, settings: settings), 0, allowsEightBits: each.eightBits,
            now: Timestamp(micros: 1_700_000_000_000_000))
        return Data(composer.wire.buffer)
    }

    private static func json(_ each: Case) -> JSON {
        var fields = ["from", "reply-to", "to", "date", "message-id", "mime-version", "content-type"]
        if each.isMarketing { fields += ["list-unsubscribe", "list-unsubscribe-post"] }
        let isSingle = each.attachments.isEmpty && (each.text.isEmpty || each.html.isEmpty)
        if isSingle { fields.append("content-transfer-encoding") }
        let files = each.attachments.map { file -> JSON in
            let hex = file.bytes.map { String(format: "%02x", $0) }.joined()
            return ["name": .string(file.name), "type": .string(file.type), "bytes": .string(hex)]
        }
        return [
            "subject": .string(each.subject), "name": .string(each.name), "text": .string(each.text),
            "html": .string(each.html), "to": "ann@customer.example", "eight_bits": .bool(each.eightBits),
            "fields": .array(fields.map { .string($0) }),
            "attachments": .array(files),
        ]
    }

    private static let known: [Case] = [
        Case(subject: "Hello", name: "Acme", text: "Hi"),
        Case(subject: "", name: "", text: ".\r\n..\r\n.a\r\n"),
        Case(subject: "=?utf-8?Q?no?=", name: "a=?b", text: "x"),
        Case(subject: "x\r\nBcc: evil@evil.example", name: "y\r\nBcc: evil", text: "one\rtwo\ntree\r\n\r\n\n\r.\r.\n."),
        Case(
            subject: String(repeating: "word ", count: 60), name: "Dr. \"Quote\" \\ Back",
            text: String(repeating: "x", count: 5000)),
        Case(
            subject: String(repeating: "ü", count: 300), name: String(repeating: "ö", count: 100),
            text: String(repeating: "漢字", count: 3000)),
        Case(subject: String(repeating: "x", count: 900), name: "A, B; C", text: "tail  \n\t\n \n"),
        Case(subject: "double  space", name: "O'Neil - Sons_1", text: "nul\u{0}nul\u{7F}"),
        Case(subject: "  edges  ", name: "  n  ", text: "", html: "<p>only</p>"),
        Case(subject: "both", name: "N", text: "plain", html: "<p>é</p>", isMarketing: true),
        Case(
            subject: "files", name: "N", text: "plain",
            attachments: [Senders.Attachment(name: "a.pdf", type: "application/pdf", bytes: [1, 2, 3])]),
        Case(
            subject: "files", name: "N", text: "plain", html: "<p>é</p>",
            attachments: [
                Senders.Attachment(
                    name: "Überweisung für Jörg mit einem sehr langen Namen 漢字.pdf", type: "application/pdf",
                    bytes: Array(0...255)),
                Senders.Attachment(name: "empty", type: "text/plain", bytes: []),
                Senders.Attachment(
                    name: "q\"uote'.bin", type: "application/octet-stream", bytes: [UInt8](repeating: 7, count: 1000)),
            ]),
        Case(subject: "eight", name: "N", text: "Grüße", html: "<p>Grüße</p>", eightBits: true),
        Case(subject: "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀", name: "😀", text: "😀.\n.😀"),
    ]

    private static func randomCase(_ random: inout SeededRandom) -> Case {
        let pools = [
            "abc XYZ.09", "a é ü ß.", "漢字かな 交じり.", "😀👍🏽.", "\r\n.", "\r", "\n", "a\u{0}b\u{1B}", "=?utf-8?B?", "\t ",
            "\"\\<>@,;:",
            "\u{2028}\u{85}", "From ", "--=_",
        ]
        func text(_ longest: Int, _ random: inout SeededRandom) -> String {
            var text = ""
            let length = Int.random(in: 0...longest, using: &random)
            let main = Array(pools.randomElement(using: &random) ?? "a")
            let other = Array(pools.randomElement(using: &random) ?? "b")
            for _ in 0..<length {
                let pool = Int.random(in: 0..<4, using: &random) == 0 ? other : main
                if let letter = pool.randomElement(using: &random) { text.append(letter) }
            }
            return text
        }
        var each = Case()
        each.subject = text(200, &random)
        // A sender that holds an @ is read as an address.
        each.name = text(20, &random).filter { $0 != "@" }
        each.text = text(3000, &random)
        each.html = Bool.random(using: &random) ? "<p>" + text(1000, &random) : ""
        if each.text.isEmpty, each.html.isEmpty { each.text = "x" }
        each.isMarketing = Bool.random(using: &random)
        each.eightBits = Bool.random(using: &random)
        if Int.random(in: 0..<4, using: &random) == 0 {
            each.attachments = [
                Senders.Attachment(
                    name: "f\(Int.random(in: 0...9, using: &random)).bin", type: "application/x-test",
                    bytes: (0..<Int.random(in: 0...500, using: &random)).map { _ in
                        UInt8.random(in: 0...255, using: &random)
                    })
            ]
        }
        return each
    }
}
