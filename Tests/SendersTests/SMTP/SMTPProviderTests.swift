import Domain
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Senders

/// The provider against servers that misbehave as no library would let them.
@Suite struct SMTPProviderTests {
    private static func outcomes(
        to recipients: [String] = ["ann@customer.example"], _ settings: String = "", text: String = "Hello",
        connections: Int = 1, witness: any CallWitness = TestWitness(),
        _ serve: @escaping @Sendable (ScriptedMail) -> Void
    ) async throws -> [Outcome] {
        let server = try RawServer { serve(ScriptedMail($0)) }
        let outcomes = try await sendMail(
            mailBatch(to: recipients, text: text), port: Int(server.port), settings, connections: connections,
            witness: witness)
        server.stop()
        return outcomes
    }

    @Test func aConversationOnTheWire() async throws {
        let seen = Mutex<[String]>([])
        let witness = TestWitness()
        let outcomes = try await Self.outcomes(witness: witness) { mail in
            guard mail.greet(["PIPELINING"]) else { return }
            for _ in 0..<3 { if let line = mail.line() { seen.withLock { $0.append(line) } } }
            mail.say("250 ok\r\n250 ok\r\n354 go")
            if let text = mail.message() { seen.withLock { $0.append(text) } }
            mail.say("250 2.0.0 Ok: queued as Q1")
            _ = mail.line()
        }
        #expect(outcomes == [.sent(reference: "Q1", cost: nil)])
        let lines = seen.withLock { $0 }
        #expect(Array(lines.prefix(3)) == ["MAIL FROM:<news@acme.example>", "RCPT TO:<ann@customer.example>", "DATA"])
        let text = try #require(lines.last)
        #expect(
            text.hasPrefix("From: Herald <news@acme.example>\nTo: ann@customer.example\nSubject: Greetings\nDate: ")
                || text.hasPrefix("From: Acme Bank <news@acme.example>\n"))
        #expect(text.hasSuffix("\n\nHello"))
        #expect(witness.begun == 1)
        let call = try #require(witness.calls.first)
        #expect(witness.calls.count == 1)
        #expect(call.places == 0..<1)
        #expect(call.status == 250)
        #expect(call.kind == .sent)
        #expect(call.reply.isEmpty)
    }

    @Test func aRefusedConnectionIsNotSentAndEndsAllThatWaits() async throws {
        let port = HeldPort()
        let witness = TestWitness()
        let outcomes = try await sendMail(
            mailBatch(to: (0..<50).map { "u\($0)@customer.example" }), port: Int(port.number), witness: witness)
        #expect(outcomes.count == 50)
        #expect(outcomes.allSatisfy { $0 == .notSent(reason: "no_connection (smtp connection refused)") })
        #expect(witness.calls.count == 1)
    }

    @Test func anUnknownHostIsNotSent() async throws {
        let outcomes = try await sendMail(mailBatch(), port: 25, lookup: AddressLookup { _, _, done in done(nil) })
        #expect(outcomes == [.notSent(reason: "no_connection (smtp unknown host)")])
    }

    @Test func whereOneAddressIsDeadTheNextIsTried() async throws {
        let server = try RawServer { connection in
            let mail = ScriptedMail(connection)
            if mail.greet() { mail.serve { _ in "250 ok" } }
        }
        let outcomes = try await sendMail(
            mailBatch(), port: Int(server.port),
            lookup: AddressLookup { _, port, done in done([.here(port, host: 0x7F00_0002), .here(port)]) })
        server.stop()
        #expect(outcomes.map(\.kind) == [.sent])
    }

    @Test func noMoreIsUnderWayThanIsAllowed() async throws {
        let open = Mutex((now: 0, most: 0))
        let server = try RawServer { connection in
            open.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            let mail = ScriptedMail(connection)
            if mail.greet(["PIPELINING"]) { mail.serve { _ in "250 ok" } }
            open.withLock { $0.now -= 1 }
        }
        let config = try SMTPConfig(
            json:
                #"{"host":"mail.test","port":\#(server.port),"security":"none","from":"a@acme.example","internal":true}"#
        )
        let loop = try SMTPLoop()
        let provider = SMTPProvider(
            name: "mail", endpoint: SMTPEndpoint(config, lookup: .here, allowedInFlight: { 2 }), loop: loop)
        let outcomes = await provider.send(
            mailBatch(to: (0..<50).map { "u\($0)@customer.example" }), witness: TestWitness())
        loop.stop()
        server.stop()
        #expect(outcomes.allSatisfy { $0.kind == .sent })
        #expect(open.withLock { $0.most } <= 2)
    }

    @Test func aPrivateAddressIsNotSpokenTo() async throws {
        let asked = Mutex(false)
        let server = try RawServer { _ in asked.withLock { $0 = true } }
        let outcomes = try await sendMail(
            mailBatch(), port: Int(server.port), security: "starttls", isInternal: false)
        server.stop()
        #expect(outcomes == [.notSent(reason: "no_connection (smtp private address)")])
        #expect(!asked.withLock { $0 })
    }

    @Test func lostBeforeTheDotIsNotSent() async throws {
        let outcomes = try await Self.outcomes { mail in
            guard mail.greet() else { return }
            for _ in 0..<2 {
                _ = mail.line()
                mail.say("250 ok")
            }
            _ = mail.line()
        }
        #expect(outcomes == [.notSent(reason: "no_connection (smtp connection lost)")])
    }

    @Test(arguments: [true, false])
    func lostAfterTheDotIsInDoubt(_ isReset: Bool) async throws {
        let witness = TestWitness()
        let outcomes = try await Self.outcomes(witness: witness) { mail in
            if isReset { mail.connection.armReset() }
            guard mail.greet(["PIPELINING"]) else { return }
            mail.serve { _ in nil }
        }
        #expect(outcomes == [.inDoubt(reason: "no_connection (smtp connection lost)")])
        #expect(witness.calls.map(\.kind) == [.inDoubt])
    }

    /// The socket takes what it can and the server never reads on: the dot did not leave.
    @Test func aMessageThatWasOnlyPartlyWrittenIsNotSent() async throws {
        let outcomes = try await Self.outcomes(
            #","reply_timeout_ms":300"#, text: String(repeating: "A line of text.\n", count: 2_000_000)
        ) { mail in
            guard mail.greet() else { return }
            for reply in ["250 ok", "250 ok", "354 go"] {
                _ = mail.line()
                mail.say(reply)
            }
            var byte: UInt8 = 0
            while recv(mail.connection.descriptor, &byte, 1, Int32(MSG_PEEK)) > 0 { usleep(20_000) }
        }
        #expect(outcomes == [.notSent(reason: "time_out (smtp answer)")])
    }

    @Test func aServerThatNeverAnswersAMessageLeavesItInDoubt() async throws {
        let outcomes = try await Self.outcomes(#","delivery_timeout_ms":200"#) { mail in
            guard mail.greet() else { return }
            mail.serve { _ in
                _ = mail.line()
                return nil
            }
        }
        #expect(outcomes == [.inDoubt(reason: "time_out (smtp answer)")])
    }

    /// One byte at a time, for ever: each byte comes in time, the reply does not.
    @Test func aReplyThatDripsIsATimeOut() async throws {
        let outcomes = try await Self.outcomes(#","reply_timeout_ms":300"#) { mail in
            while send(mail.connection.descriptor, "2", 1, Int32(MSG_NOSIGNAL)) > 0 { usleep(20_000) }
        }
        #expect(outcomes == [.notSent(reason: "time_out (smtp answer)")])
    }

    @Test func aReplyWithoutEndIsCutOff() async throws {
        let outcomes = try await Self.outcomes { mail in
            let line = "220-" + String(repeating: "x", count: 500) + "\r\n"
            while send(mail.connection.descriptor, line, line.utf8.count, Int32(MSG_NOSIGNAL)) > 0 {}
        }
        #expect(outcomes == [.notSent(reason: "unclear_reply (smtp too long)")])
    }

    @Test func garbageInsteadOfAVerdictLeavesTheMessageInDoubt() async throws {
        let outcomes = try await Self.outcomes { mail in
            guard mail.greet() else { return }
            mail.serve { _ in "<html>" }
        }
        #expect(outcomes == [.inDoubt(reason: "unclear_reply (smtp garbled)")])
    }

    @Test func textBehindTheAnswerToSTARTTLSIsNotBelieved() async throws {
        let server = try RawServer { connection in
            let mail = ScriptedMail(connection)
            guard mail.greet(["STARTTLS"]), mail.line() != nil else { return }
            mail.say("220 go\r\n250-mail.test\r\n250 PIPELINING")
            _ = mail.line()
        }
        let outcomes = try await sendMail(mailBatch(), port: Int(server.port), security: "starttls")
        server.stop()
        #expect(outcomes == [.notSent(reason: "no_connection (smtp text before TLS)")])
    }

    @Test func aServerWithoutSTARTTLSGetsNoMessage() async throws {
        let said = Mutex<[String]>([])
        let server = try RawServer { connection in
            let mail = ScriptedMail(connection)
            guard mail.greet(["PIPELINING"]) else { return }
            while let line = mail.line() { said.withLock { $0.append(line) } }
        }
        let outcomes = try await sendMail(mailBatch(), port: Int(server.port), security: "starttls")
        server.stop()
        #expect(outcomes == [.notSent(reason: "no_connection (smtp no STARTTLS)")])
        #expect(said.withLock { $0 } == [])
    }

    @Test func aWrongPasswordIsTriedOnceForAllThatWaits() async throws {
        let tries = Mutex(0)
        let server = try RawServer { connection in
            let mail = ScriptedMail(connection)
            guard mail.greet(["AUTH PLAIN"]), mail.line()?.hasPrefix("AUTH PLAIN") == true else { return }
            tries.withLock { $0 += 1 }
            mail.say("535 5.7.8 Authentication failed")
            _ = mail.line()
        }
        let outcomes = try await sendMail(
            mailBatch(to: (0..<100).map { "u\($0)@customer.example" }), port: Int(server.port),
            #","user":"u","password":"p","insecure_auth":true"#)
        server.stop()
        #expect(outcomes.allSatisfy { $0 == .temporary(reason: "account_refused (smtp 535 5.7.8)") })
        #expect(outcomes.count == 100)
        #expect(tries.withLock { $0 } == 1)
    }

    /// Whatever a server's limit of messages for each connection, all arrive, each once, and none is reported as failed.
    @Test(arguments: [["PIPELINING"], []], [0, 1])
    func aServerMayCloseAfterAnyNumberOfMessages(_ offers: [String], _ way: Int) async throws {
        let taken = Mutex<[String]>([])
        let witness = TestWitness()
        let outcomes = try await Self.outcomes(to: (0..<20).map { "u\($0)@customer.example" }, witness: witness) {
            mail in
            guard mail.greet(offers) else { return }
            var messages = 0
            var recipient = ""
            while let line = mail.line() {
                if line.hasPrefix("MAIL"), messages == 3 {
                    if way == 1 { mail.say("421 4.7.0 Enough messages on this connection") }
                    return
                }
                if line.hasPrefix("RCPT") { recipient = line }
                guard line == "DATA" else {
                    mail.say("250 ok")
                    continue
                }
                mail.say("354 go")
                guard mail.message() != nil else { return }
                taken.withLock { $0.append(recipient) }
                messages += 1
                mail.say("250 ok")
            }
        }
        #expect(outcomes.allSatisfy { $0.kind == .sent })
        #expect(taken.withLock { $0 }.sorted() == (0..<20).map { "RCPT TO:<u\($0)@customer.example>" }.sorted())
        #expect(witness.begun == 20)
        #expect(witness.calls.count == 20)
    }

    @Test func ourOwnLimitOfMessagesEndsAConnectionPolitely() async throws {
        let goodbyes = Mutex(0)
        let outcomes = try await Self.outcomes(
            to: (0..<9).map { "u\($0)@customer.example" }, #","messages_per_connection":4"#
        ) { mail in
            guard mail.greet(["PIPELINING"]) else { return }
            while let line = mail.line() {
                if line == "QUIT" {
                    goodbyes.withLock { $0 += 1 }
                    return mail.say("221 bye")
                }
                mail.say(line == "DATA" ? "354 go" : "250 ok")
                guard line == "DATA" else { continue }
                guard mail.message() != nil else { return }
                mail.say("250 ok")
            }
        }
        #expect(outcomes.allSatisfy { $0.kind == .sent })
        #expect(goodbyes.withLock { $0 } == 3)
    }

    @Test func aServerThatRefusesFurtherConnectionsKeepsTheOnesItHas() async throws {
        let open = Mutex(0)
        let outcomes = try await Self.outcomes(
            to: (0..<60).map { "u\($0)@customer.example" }, connections: 6
        ) { mail in
            let count = open.withLock { count in
                count += 1
                return count
            }
            if count > 2 { return mail.say("421 4.7.0 Too many connections from you") }
            guard mail.greet(["PIPELINING"]) else { return }
            mail.serve { _ in "250 ok" }
        }
        #expect(outcomes.allSatisfy { $0.kind == .sent })
    }

    @Test func whereLeaveEndsNothingFurtherIsSent() async throws {
        let taken = Mutex(0)
        let witness = TestWitness { taken.withLock { $0 < 3 } }
        let outcomes = try await Self.outcomes(to: (0..<10).map { "u\($0)@customer.example" }, witness: witness) {
            mail in
            guard mail.greet(["PIPELINING"]) else { return }
            mail.serve { _ in
                taken.withLock { $0 += 1 }
                return "250 ok"
            }
        }
        let sent = outcomes.count { $0.kind == .sent }
        #expect(sent == taken.withLock { $0 })
        #expect(sent >= 3)
        #expect(sent < 10)
        #expect(outcomes.suffix(10 - sent).allSatisfy { $0 == .notSent(reason: ProviderReason.leaseOver) })
        #expect(witness.begun == witness.calls.count)
    }

    @Test func whatWaitsForAHangingServerEndsWhenTheProviderIsTakenOut() async throws {
        let expected = [
            Outcome.notSent(reason: "time_out (smtp answer)"), .notSent(reason: ProviderReason.leaseOver),
        ]
        let outcomes = try await withGrowingTimeOut(from: 1000, until: { $0 == expected }) { timeOut in
            let mayCall = Mutex(true)
            let witness = TestWitness { mayCall.withLock { $0 } }
            return try await Self.outcomes(
                to: ["a@customer.example", "b@customer.example"], #","reply_timeout_ms":\#(timeOut)"#, witness: witness
            ) { mail in
                // Connected and silent; the breaker opens meanwhile.
                mayCall.withLock { $0 = false }
                _ = mail.line()
            }
        }
        #expect(outcomes == expected)
    }

    @Test(arguments: [
        "a@b@c", "a\r\nRCPT TO:<x@y.example>", "a@b.example>\r\nDATA", "a b@c.example", "", "@", "a@b\u{0}.example",
        "<a@b.example>",
    ])
    func anAddressThatCouldEndACommandNeverLeaves(_ address: String) async throws {
        let said = Mutex<[String]>([])
        let outcomes = try await Self.outcomes(to: [address, "ann@customer.example"]) { mail in
            guard mail.greet() else { return }
            while let line = mail.line() {
                said.withLock { $0.append(line) }
                mail.say(line == "DATA" ? "354 go" : "250 ok")
                guard line == "DATA" else { continue }
                _ = mail.message()
                mail.say("250 ok")
            }
        }
        #expect(outcomes.map(\.kind) == [.permanent, .sent])
        #expect(ProviderReason.word(of: outcomes[0].reason) == "invalid_recipient")
        #expect(
            said.withLock { $0 }.filter { $0 != "QUIT" } == [
                "MAIL FROM:<news@acme.example>", "RCPT TO:<ann@customer.example>", "DATA",
            ])
    }

    @Test func marketingMailWithoutAnUnsubscribePageIsNotSent() async throws {
        var batch = mailBatch(to: ["a@b.example", "c@d.example"])
        batch.category = .marketing
        let outcomes = try await sendMail(batch, port: 1)
        #expect(outcomes == Array(repeating: .permanent(reason: "content_refused (no unsubscribe_url)"), count: 2))
    }

    @Test func aReplyInTheCallLogNamesNobody() async throws {
        let witness = TestWitness()
        _ = try await Self.outcomes(witness: witness) { mail in
            guard mail.greet() else { return }
            _ = mail.line()
            mail.say("250 ok")
            _ = mail.line()
            mail.say("550 5.1.1 <ann@customer.example>: no such user")
            _ = mail.line()
        }
        let call = try #require(witness.calls.first)
        #expect(call.status == 550)
        #expect(call.kind == .permanent)
        let text = String(decoding: call.reply, as: UTF8.self)
        #expect(text.contains("no such user") && !text.contains("ann"))
    }

    @Test func stoppingLeavesAWholeMessageInDoubtAndTheRestNotSent() async throws {
        let arrived = WaitPoint()
        let server = try RawServer { connection in
            let mail = ScriptedMail(connection)
            guard mail.greet(["PIPELINING"]) else { return }
            mail.serve { _ in
                arrived.open()
                while mail.line() != nil {}
                return nil
            }
        }
        let config = try SMTPConfig(
            json:
                #"{"host":"mail.test","port":\#(server.port),"security":"none","from":"a@acme.example","internal":true,"connections":1}"#
        )
        let loop = try SMTPLoop()
        let provider = SMTPProvider(name: "mail", endpoint: SMTPEndpoint(config, lookup: .here), loop: loop)
        async let outcomes = provider.send(
            mailBatch(to: ["a@customer.example", "b@customer.example", "c@customer.example"]), witness: TestWitness())
        await arrived.wait()
        loop.stop()
        #expect(await outcomes.map(\.kind) == [.inDoubt, .notSent, .notSent])
        let late = await provider.send(mailBatch(), witness: TestWitness())
        #expect(late.map(\.kind) == [.notSent])
        server.stop()
    }
}
