import Testing

@testable import Senders

/// The conversation without a socket: what is heard goes in as text, what is said comes out as text.
@Suite struct SMTPSessionTests {
    private static let greeting = "220 mail.test\r\n"
    private static let content = "Subject: x\r\n\r\nHello\r\n.\r\n"

    private static func inClear(_ change: (inout SMTPSession.Options) -> Void = { _ in }) -> SMTPSession.Options {
        var options = SMTPSession.Options()
        options.security = .none
        options.hello = Array("me.test".utf8)
        change(&options)
        return options
    }

    @Test func aMessageIsOneStepAtATimeWithoutPipelining() {
        var session = SMTPSession(Self.inClear())
        #expect(session.hear(Self.greeting) == "EHLO me.test\r\n")
        #expect(session.hear("250 mail.test\r\n") == "")
        #expect(session.takeEvents() == [.ready])
        session.open(1, "a@x.test", "b@y.test")
        #expect(session.said() == "MAIL FROM:<a@x.test>\r\n")
        #expect(session.hear("250 ok\r\n") == "RCPT TO:<b@y.test>\r\n")
        #expect(session.hear("250 ok\r\n") == "DATA\r\n")
        #expect(session.hear("354 go\r\n") == "")
        #expect(session.takeEvents() == [.wantsContent(ticket: 1)])
        session.give(Self.content)
        #expect(!value(session.canBegin))
        #expect(session.said() == Self.content)
        #expect(value(session.awaitsVerdict))
        _ = session.hear("250 2.0.0 Ok: queued as ABC\r\n")
        #expect(session.takeEvents() == [.ended(ticket: 1, .accepted(reply(250, "2.0.0 Ok: queued as ABC")))])
        #expect(value(session.canBegin))
        session.quit()
        #expect(session.said() == "QUIT\r\n")
        _ = session.hear("221 bye\r\n")
        #expect(session.takeEvents() == [.closed])
    }

    @Test func withPipeliningTheNextEnvelopeGoesInTheWriteOfTheLastContent() {
        var session = Self.ready(offering: "PIPELINING")
        session.open(1, "a@x.test", "b@y.test")
        #expect(session.said() == "MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n")
        _ = session.hear("250 ok\r\n250 ok\r\n354 go\r\n")
        #expect(session.takeEvents() == [.wantsContent(ticket: 1)])
        session.give(Self.content)
        #expect(value(session.canBegin))
        session.open(2, "a@x.test", "c@y.test")
        #expect(!value(session.canBegin))
        #expect(session.said() == Self.content + "MAIL FROM:<a@x.test>\r\nRCPT TO:<c@y.test>\r\nDATA\r\n")
        #expect(value(session.ticketInDoubt) == 1)
        #expect(value(session.openTickets) == [1, 2])
        _ = session.hear("250 queued\r\n250 ok\r\n250 ok\r\n354 go\r\n")
        #expect(
            session.takeEvents() == [.ended(ticket: 1, .accepted(reply(250, "queued"))), .wantsContent(ticket: 2)])
        #expect(value(session.ticketInDoubt) == nil)
    }

    /// The same bytes, cut anywhere, mean the same.
    @Test func repliesMayArriveInAnyPieces() {
        let heard = "250-mail.test\r\n250-PIPELINING\r\n250 SIZE 1000\r\n"
        for size in 1...heard.utf8.count {
            var session = SMTPSession(Self.inClear())
            _ = session.hear(Self.greeting)
            let bytes = Array(heard.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                _ = session.hear(String(decoding: bytes[start..<min(start + size, bytes.count)], as: UTF8.self))
            }
            #expect(session.takeEvents() == [.ready])
            #expect(value(session.capabilities.pipelining))
            #expect(value(session.capabilities.size) == 1000)
        }
    }

    @Test func whatTheServerOffersIsUsed() {
        var session = Self.ready(offering: "PIPELINING", "SIZE 5000", "8BITMIME", "SMTPUTF8")
        session.begin(
            .init(ticket: 1, size: 1234, isEightBit: true, needsUTF8: true), from: Array("a@x.test".utf8).span,
            to: Array("é@y.test".utf8).span)
        #expect(
            session.said().hasPrefix("MAIL FROM:<a@x.test> SIZE=1234 BODY=8BITMIME SMTPUTF8\r\nRCPT TO:<é@y.test>\r\n"))
    }

    @Test func aMessageTheServerCannotTakeIsNotOffered() {
        var session = Self.ready(offering: "SIZE 1000")
        session.begin(
            .init(ticket: 1, size: 1001, isEightBit: false, needsUTF8: false), from: Array("a@x.test".utf8).span,
            to: Array("b@y.test".utf8).span)
        session.begin(
            .init(ticket: 2, size: 10, isEightBit: false, needsUTF8: true), from: Array("a@x.test".utf8).span,
            to: Array("é@y.test".utf8).span)
        #expect(session.said() == "")
        #expect(
            session.takeEvents() == [
                .ended(ticket: 1, .impossible(.size)), .ended(ticket: 2, .impossible(.smtpUTF8)),
            ])
        #expect(value(session.canBegin))
    }

    @Test func anOldServerIsGreetedByHELO() {
        var session = SMTPSession(Self.inClear())
        #expect(session.hear(Self.greeting) == "EHLO me.test\r\n")
        #expect(session.hear("502 what?\r\n") == "HELO me.test\r\n")
        _ = session.hear("250 hello\r\n")
        #expect(session.takeEvents() == [.ready])
    }

    @Test func aRefusedEnvelopeEndsOnlyItsMessage() {
        var session = Self.ready(offering: "PIPELINING")
        session.open(1, "a@x.test", "nobody@y.test")
        _ = session.said()
        _ = session.hear("250 ok\r\n550 5.1.1 no such user\r\n554 no valid recipients\r\n")
        #expect(
            session.takeEvents() == [.ended(ticket: 1, .refused(reply(550, "5.1.1 no such user"), at: .recipient))])
        session.open(2, "a@x.test", "b@y.test")
        #expect(session.said() == "RSET\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n")
        _ = session.hear("250 reset\r\n250 ok\r\n250 ok\r\n354 go\r\n")
        #expect(session.takeEvents() == [.wantsContent(ticket: 2)])
    }

    @Test func withoutPipeliningTheRestOfARefusedEnvelopeIsNotSaid() {
        var session = Self.ready()
        session.open(1, "a@x.test", "b@y.test")
        _ = session.said()
        #expect(session.hear("550 5.7.1 not you\r\n") == "")
        #expect(session.takeEvents() == [.ended(ticket: 1, .refused(reply(550, "5.7.1 not you"), at: .sender))])
        session.open(2, "a@x.test", "b@y.test")
        #expect(session.said() == "RSET\r\n")
        #expect(session.hear("250 ok\r\n") == "MAIL FROM:<a@x.test>\r\n")
    }

    /// RFC 2920, 3.1.
    @Test func aServerThatWantsContentForNobodyGetsAnEmptyMessage() {
        var session = Self.ready(offering: "PIPELINING")
        session.open(1, "a@x.test", "nobody@y.test")
        _ = session.said()
        #expect(session.hear("250 ok\r\n550 no\r\n354 go\r\n") == ".\r\n")
        #expect(session.takeEvents() == [.ended(ticket: 1, .refused(reply(550, "no"), at: .recipient))])
        _ = session.hear("554 nothing to do\r\n")
        session.open(2, "a@x.test", "b@y.test")
        #expect(session.said().hasPrefix("RSET\r\nMAIL"))
    }

    @Test func encryptionComesBeforeAnythingElse() {
        var session = SMTPSession(Self.inClear { $0.security = .startTLS })
        _ = session.hear(Self.greeting)
        #expect(session.hear("250-mail.test\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n") == "STARTTLS\r\n")
        _ = session.hear("220 go\r\n")
        #expect(session.takeEvents() == [.startTLS])
        session.secured()
        #expect(session.said() == "EHLO me.test\r\n")
        #expect(value(session.capabilities) == .none)
        _ = session.hear("250 mail.test\r\n")
        #expect(session.takeEvents() == [.ready])
    }

    @Test func aServerWithoutEncryptionGetsNothing() {
        var session = SMTPSession(Self.inClear { $0.security = .startTLS })
        _ = session.hear(Self.greeting)
        #expect(session.hear("250 mail.test\r\n") == "")
        #expect(session.takeEvents() == [.failed(.noSTARTTLS)])
    }

    /// CVE-2011-0411: what came in clear behind the answer to STARTTLS would be taken for a part of the encrypted conversation.
    @Test(arguments: [true, false])
    func whatIsInjectedBeforeTheEncryptionEndsTheConversation(_ atOnce: Bool) {
        var session = SMTPSession(Self.inClear { $0.security = .startTLS })
        _ = session.hear(Self.greeting)
        _ = session.hear("250-mail.test\r\n250 STARTTLS\r\n")
        if atOnce {
            _ = session.hear("220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n")
        } else {
            _ = session.hear("220 go\r\n")
            _ = session.hear("2")
        }
        #expect(session.takeEvents() == [.startTLS, .failed(.injected)])
    }

    @Test func logInByPLAINWhereItIsOffered() {
        var session = SMTPSession(
            Self.inClear {
                $0.login = Self.login; $0.allowsClearLogin = true
            })
        _ = session.hear(Self.greeting)
        // \0 me \0 pass
        #expect(session.hear("250-mail.test\r\n250 AUTH LOGIN PLAIN\r\n") == "AUTH PLAIN AG1lAHBhc3M=\r\n")
        _ = session.hear("235 2.7.0 welcome\r\n")
        #expect(session.takeEvents() == [.ready])
    }

    @Test func logInByLOGINWhereThereIsNothingElse() {
        var session = SMTPSession(
            Self.inClear {
                $0.login = Self.login; $0.allowsClearLogin = true
            })
        _ = session.hear(Self.greeting)
        #expect(session.hear("250-mail.test\r\n250 AUTH LOGIN\r\n") == "AUTH LOGIN\r\n")
        #expect(session.hear("334 VXNlcm5hbWU6\r\n") == "bWU=\r\n")
        #expect(session.hear("334 UGFzc3dvcmQ6\r\n") == "cGFzcw==\r\n")
        _ = session.hear("535 5.7.8 no\r\n")
        #expect(session.takeEvents() == [.failed(.refused(reply(535, "5.7.8 no"), at: .login))])
    }

    @Test func aPasswordNeverGoesOutInClearUnasked() {
        var session = SMTPSession(Self.inClear { $0.login = Self.login })
        _ = session.hear(Self.greeting)
        #expect(session.hear("250-mail.test\r\n250 AUTH PLAIN\r\n") == "")
        #expect(session.takeEvents() == [.failed(.noLogin)])
    }

    @Test func onlyWhatBeganToLeaveWithItsDotIsInDoubt() {
        var session = Self.ready(offering: "PIPELINING")
        session.open(1, "a@x.test", "b@y.test")
        _ = session.said()
        _ = session.hear("250 ok\r\n250 ok\r\n354 go\r\n")
        session.give(Self.content)
        let dot = Self.content.utf8.count - 3
        session.wrote(dot)
        #expect(value(session.ticketInDoubt) == nil)
        session.wrote(1)
        #expect(value(session.ticketInDoubt) == 1)
    }

    @Test func approvalOfAMessageThatIsNotOutIsNotBelieved() {
        var session = Self.ready(offering: "PIPELINING")
        session.open(1, "a@x.test", "b@y.test")
        _ = session.said()
        _ = session.hear("250 ok\r\n250 ok\r\n354 go\r\n")
        session.give(Self.content)
        _ = session.takeEvents()
        session.receiveOnly("250 taken\r\n")
        #expect(session.takeEvents() == [.failed(.garbled)])
        #expect(value(session.openTickets) == [1])
        #expect(value(session.ticketInDoubt) == nil)
    }

    @Test(arguments: [
        ("hello\r\n", SMTPFailure.garbled), ("25\r\n", .garbled), ("250x\r\n", .garbled), ("999 no\r\n", .garbled),
        ("250-a\r\n251 b\r\n", .garbled), ("HTTP/1.1 200 OK\r\n", .garbled), ("\r\n", .garbled),
        (String(repeating: "2", count: 5000), .tooLong),
        (String(repeating: "220-" + String(repeating: "x", count: 70) + "\r\n", count: 2000), .tooLong),
    ])
    func whatIsNoReplyEndsTheConversation(_ heard: String, _ failure: SMTPFailure) {
        var session = SMTPSession(Self.inClear())
        _ = session.hear(heard)
        #expect(session.takeEvents() == [.failed(failure)])
    }

    @Test func anUnaskedWordEndsTheConversation() {
        var session = Self.ready()
        _ = session.hear("421 4.4.2 idle for too long\r\n")
        #expect(
            session.takeEvents() == [.failed(.refused(reply(421, "4.4.2 idle for too long"), at: .idle))])
        var other = Self.ready()
        _ = other.hear("250 by the way\r\n")
        #expect(other.takeEvents() == [.failed(.garbled)])
    }

    @Test func aConnectionIsUsedUpAfterItsMessages() {
        var session = Self.ready("PIPELINING") { $0.messages = 1 }
        session.open(1, "a@x.test", "b@y.test")
        _ = session.said()
        _ = session.hear("250 ok\r\n250 ok\r\n354 go\r\n")
        session.give(Self.content)
        #expect(!value(session.canBegin))
        #expect(value(session.isUsedUp))
    }

    private static let login = SMTPSession.Login(user: Array("me".utf8), password: Array("pass".utf8))

    private static func ready(offering offers: String...) -> SMTPSession { ready(offers) { _ in } }

    private static func ready(_ offers: String..., change: (inout SMTPSession.Options) -> Void) -> SMTPSession {
        ready(offers, change)
    }

    private static func ready(_ offers: [String], _ change: (inout SMTPSession.Options) -> Void) -> SMTPSession {
        var session = SMTPSession(inClear(change))
        _ = session.hear(greeting)
        let lines = ["mail.test"] + offers
        for (index, line) in lines.enumerated() {
            _ = session.hear("250\(index + 1 == lines.count ? " " : "-")\(line)\r\n")
        }
        _ = session.takeEvents()
        return session
    }
}

/// A copy: the macro that checks it wants to take its subject along, and a session can't be copied.
private func value<T>(_ value: T) -> T { value }

func reply(_ code: Int, _ text: String) -> SMTPReply { SMTPReply(code: code, text: Array(text.utf8)) }

extension SMTPSession {
    /// Everything that was to be written, as if the socket took it.
    fileprivate mutating func said() -> String {
        let text = String(decoding: pending, as: UTF8.self)
        wrote(text.utf8.count)
        return text
    }

    fileprivate mutating func receiveOnly(_ text: String) {
        Array(text.utf8).withUnsafeBufferPointer { receive($0) }
    }

    fileprivate mutating func hear(_ text: String) -> String {
        receiveOnly(text)
        return said()
    }

    fileprivate mutating func takeEvents() -> [Event] {
        defer { events = [] }
        return events
    }

    fileprivate mutating func open(_ ticket: Int, _ from: String, _ to: String) {
        let (from, to) = (Array(from.utf8), Array(to.utf8))
        begin(.init(ticket: ticket, size: 100, isEightBit: false, needsUTF8: false), from: from.span, to: to.span)
    }

    fileprivate mutating func give(_ wire: String) { Array(wire.utf8).withUnsafeBufferPointer { content($0) } }
}
