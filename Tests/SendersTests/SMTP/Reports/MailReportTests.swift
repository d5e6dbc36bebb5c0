import Domain
import TestSupport
import Testing

@testable import Senders

/// Bounces and complaints as servers write them, and hostile ones.
@Suite struct MailReportTests {
    static let secret = "0123456789abcdef"
    static let message = MessageID(rawValue: 4_611_686_018_427_387_905)
    static let mark = MailMark(secret: secret)

    static func text(_ message: MessageID = message) -> String {
        var bytes = RawBytes(capacity: 64)
        mark.append(message, to: &bytes)
        return String(decoding: bytes.array, as: UTF8.self)
    }

    static func callback(_ mail: [UInt8], headers: [ProviderCallback.Header] = []) -> ProviderCallback {
        ProviderCallback(
            provider: "mail", receivedAt: .now, kind: "smtp", contentType: MailReportReader.contentType, body: mail,
            method: "POST", headers: headers)
    }

    @Test func everyReportSaysWhatItMeans() throws {
        let reader = MailReportReader(mark: Self.mark, webhook: nil)
        let cases = try PythonOracle.json("mail/reports.py", [Self.text(), "\(Self.text())-herald@acme.example"])
        #expect(cases.count > 230)
        for each in cases {
            let name = each["name"]?.stringValue ?? ""
            let mail = PythonOracle.bytes(hex: Substring(each["mail"]?.stringValue ?? ""))
            let found = Result { () throws(UnreadableCallback) in try reader.events(Self.callback(mail)) }
            let wanted = each["state"]?.stringValue
            if wanted == "any" { continue }
            if wanted == "unreadable" {
                #expect(throws: UnreadableCallback.self, "\(name)") { try found.get() }
                continue
            }
            guard let wanted else {
                #expect((try? found.get()) == [], "\(name)")
                continue
            }
            guard case .success(let events) = found, case .status(let status)? = events.first, events.count == 1 else {
                Issue.record("\(name): \(found)")
                continue
            }
            #expect(status.message == Self.message && status.state.rawValue == wanted, "\(name): \(status)")
            if let reason = each["reason"]?.stringValue { #expect(status.reason == reason, "\(name)") }
        }
    }

    @Test func withoutASecretNoReportIsBelieved() {
        let reader = MailReportReader(mark: nil, webhook: nil)
        #expect(throws: UnreadableCallback.self) { try reader.events(Self.callback([0x78])) }
    }

    @Test func onlyWhoKnowsTheWebhooksSecretMayPost() throws {
        let settings = #"{"host":"h","from":"a@b.example","report_secret":"0123456789abcdef""#
        let open = try #require(try ProviderCatalogue.callbacks(kind: "smtp", settings: settings + "}"))
        #expect(open.verify(Self.callback([]), now: .now) != .genuine)
        let guarded = try #require(
            try ProviderCatalogue.callbacks(kind: "smtp", settings: settings + #","webhook_secret":"s3cret"}"#))
        #expect(guarded.verify(Self.callback([]), now: .now) != .genuine)
        let header = ProviderCallback.Header(name: "X-Webhook-Secret", value: "s3cret")
        #expect(guarded.verify(Self.callback([], headers: [header]), now: .now) == .genuine)
    }

    @Test func aMarkNamesItsOwnMessageAlone() {
        for number: Int64 in [0, 1, 1000, .max] {
            let message = MessageID(rawValue: number)
            let text = Self.text(message)
            #expect(Self.mark.message(text.utf8) == message && text.utf8.count <= MailMark.longest)
            #expect(Self.mark.message((text + "-herald@x").utf8) == message)
            #expect(MailMark(secret: "another secret of 16").message(text.utf8) == nil)
        }
    }

    /// What goes out carries the mark where reports look for it.
    @Test func everyMessageCarriesItsMark() async throws {
        let server = try MailServer(mode: "plain")
        let outcomes = try await sendMail(
            mailBatch(to: ["ann@customer.example", "bob@customer.example"]), port: server.port,
            #","envelope_from":"bounces@acme.example","verp":true,"report_secret":"\#(Self.secret)""#)
        #expect(outcomes.allSatisfy { $0.kind == .sent })
        let messages = try server.messages()
        #expect(messages.count == 2)
        for (index, message) in messages.enumerated() {
            let mark = Self.text(MessageID(rawValue: 1000 + Int64(index)))
            let bytes = PythonOracle.bytes(hex: Substring(message["message"]?.stringValue ?? ""))
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(message["from"] == .string("bounces+\(mark)@acme.example"))
            #expect(text.contains("\r\nMessage-ID: <\(mark)-herald@acme.example>\r\nX-Herald-Message: \(mark)\r\n"))
        }
        server.stop()
    }

    @Test(arguments: [
        (#""verp":true"#, #""report_secret" is missing"#), (#""report_secret":"short""#, "must have 16 characters"),
        (#""verp":true,"report_secret":"0123456789abcdef""#, #""envelope_from" is missing"#),
        (
            #""verp":true,"report_secret":"0123456789abcdef","envelope_from":"\#(String(repeating: "b", count: 28))@x.example""#,
            "at most 27 characters"
        ),
    ])
    func settingsSayWhatIsWrong(_ settings: String, _ problem: String) {
        do throws(ConfigError) {
            _ = try SMTPConfig(json: #"{"host":"h","from":"a@b.example",\#(settings)}"#)
            Issue.record("was taken: \(settings)")
        } catch { #expect(error.description.contains(problem), "\(error)") }
    }
}
