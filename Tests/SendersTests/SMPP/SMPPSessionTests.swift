import TestSupport
import Testing

@testable import Senders

@Suite struct SMPPSessionTests {
    typealias PDU = SessionDriver.PDU

    private func options(_ change: (inout SMPPSession.Options) -> Void) -> SMPPSession.Options {
        var options = SMPPSession.Options()
        change(&options)
        return options
    }

    @Test(arguments: [SMPPCommand.bindReceiver, SMPPCommand.bindTransmitter, SMPPCommand.bindTransceiver])
    func bindsWithItsCredentials(command: UInt32) {
        var driver = SessionDriver(
            options {
                $0.bind = command
                $0.systemID = "user"
                $0.password = "secret"
                $0.systemType = "VMA"
                $0.addressRange = "^1"
            })
        driver.session.open(now: driver.now)
        let body = Array("user\0secret\0VMA\0".utf8) + [0x34, 0, 0] + Array("^1\0".utf8)
        #expect(driver.written() == [PDU(command: command, sequence: 1, body: body)])
        #expect(!driver.session.isBound)
        driver.receive(PDU(command: command | SMPPCommand.answer, sequence: 1, body: [0]))
        #expect(driver.session.takeEvents() == [.bound])
        #expect(driver.session.isSender == (command != SMPPCommand.bindReceiver))
    }

    @Test(arguments: [5, 8, 0x0D, 0x0E, 0x0F] as [UInt32]) func aRefusedBindClosesWithItsStatus(status: UInt32) {
        var driver = SessionDriver()
        driver.session.open(now: driver.now)
        driver.receive(PDU(command: SMPPCommand.bindTransceiver | SMPPCommand.answer, status: status, sequence: 1))
        #expect(driver.session.takeEvents() == [.closed(.refused(status))])
        #expect(driver.session.state == .closed)
    }

    @Test func badCredentialsAreTheAccountsFault() {
        #expect(SMPPClosing.refused(0x0E).reason == "account_refused (smpp 14)")
        #expect(SMPPClosing.refused(0x0D).reason == "account_refused (smpp 13)")
        #expect(SMPPClosing.refused(0x0F).reason == "account_refused (smpp 15)")
    }

    @Test func aNackedBindIsRefused() {
        var driver = SessionDriver()
        driver.session.open(now: driver.now)
        driver.receive(PDU(command: SMPPCommand.genericNack, status: 3, sequence: 1))
        #expect(driver.session.takeEvents() == [.closed(.refused(3))])
    }

    @Test func aBindWithoutAnswerEndsInTime() {
        var driver = SessionDriver(options { $0.responseTimeout = 700 })
        driver.session.open(now: driver.now)
        #expect(driver.session.nextTick(now: driver.now) == driver.now + 700)
        driver.pass(699)
        #expect(driver.session.takeEvents() == [])
        driver.pass(1)
        #expect(driver.session.takeEvents() == [.closed(.silent)])
    }

    @Test func answersFindTheirSubmitsInAnyOrder() {
        var driver = SessionDriver.bound()
        let numbers = (0..<5).map { driver.submit($0) }
        driver.answer(numbers[3], id: "d")
        driver.answer(numbers[0], id: "A0-b")
        driver.answer(numbers[4], status: 11)
        driver.answer(9999, id: "unknown")
        driver.answer(numbers[3], id: "twice")
        #expect(
            driver.session.takeEvents() == [
                .answered(token: 3, status: 0, reference: "d"), .answered(token: 0, status: 0, reference: "A0-b"),
                .answered(token: 4, status: 11, reference: ""),
            ])
        #expect(driver.session.window.count == 2)
    }

    @Test(arguments: [UInt32](0...0x112) + [0x400, 0x403, 0x4FF, 0x500, 0xFFFF_FFFF])
    func everyStatusIsToldWithItsSubmit(status: UInt32) {
        var driver = SessionDriver.bound()
        let number = driver.submit(7)
        driver.answer(number, status: status, id: status == 0 ? "id" : "")
        #expect(
            driver.session.takeEvents() == [.answered(token: 7, status: status, reference: status == 0 ? "id" : "")])
        #expect(driver.session.isBound)
    }

    @Test func bytesMayBeCutAnywhere() {
        let pdus = [
            PDU(command: SMPPCommand.submit | SMPPCommand.answer, sequence: 2, body: Array("one\0".utf8)),
            PDU(command: SMPPCommand.enquireLink, sequence: 77),
            PDU(command: SMPPCommand.deliver, sequence: 78, body: Array(repeating: 9, count: 40)),
            PDU(command: SMPPCommand.submit | SMPPCommand.answer, status: 88, sequence: 3),
        ]
        let stream = pdus.flatMap(\.bytes)
        var whole = SessionDriver.bound()
        _ = [whole.submit(0), whole.submit(1)]
        whole.receive(stream)
        let expected = whole.session.takeEvents()
        #expect(expected.count == 3)
        for cut in 1..<stream.count {
            var driver = SessionDriver.bound()
            _ = [driver.submit(0), driver.submit(1)]
            driver.receive(Array(stream[..<cut]))
            driver.receive(Array(stream[cut...]))
            #expect(driver.session.takeEvents() == expected)
        }
        var driver = SessionDriver.bound()
        _ = [driver.submit(0), driver.submit(1)]
        var events: [SMPPEvent] = []
        for byte in stream {
            driver.receive([byte])
            events += driver.session.takeEvents()
        }
        #expect(events == expected)
        #expect(driver.written() == [PDU(command: SMPPCommand.enquireLink | SMPPCommand.answer, sequence: 77)])
    }

    @Test func theWindowBoundsWhatIsUnderWay() {
        var driver = SessionDriver.bound(options { $0.window = 3 })
        var numbers: [UInt32] = []
        for token in 0..<3 {
            #expect(driver.session.hasRoom(now: driver.now))
            numbers.append(driver.submit(token))
        }
        #expect(!driver.session.hasRoom(now: driver.now))
        driver.answer(numbers[1], id: "x")
        #expect(driver.session.hasRoom(now: driver.now))
    }

    @Test func aReceiverTakesNoSubmits() {
        let driver = SessionDriver.bound(options { $0.bind = SMPPCommand.bindReceiver })
        #expect(driver.session.isBound && !driver.session.hasRoom(now: driver.now))
    }

    @Test func numbersWrapAndSkipThoseThatWait() {
        var driver = SessionDriver.bound(options { $0.window = 8 }, lastSequence: 0x7FFF_FFFC)
        #expect((0..<4).map { driver.submit($0) } == [0x7FFF_FFFE, 0x7FFF_FFFF, 1, 2])
        // The ring has sixteen places: number 18 would share that of 2, which still waits.
        for token in 4..<20 {
            let number = driver.submit(token)
            #expect(number != 18)
            driver.answer(number, id: "x")
        }
        driver.answer(2, id: "late")
        #expect(driver.session.takeEvents().last == .answered(token: 3, status: 0, reference: "late"))
    }

    @Test func noAnswerIsADoubtAndAQuestion() {
        var driver = SessionDriver.bound(options { $0.responseTimeout = 500 })
        let number = driver.submit(1)
        driver.pass(499)
        #expect(driver.session.takeEvents() == [])
        driver.pass(1)
        #expect(
            driver.session.takeEvents() == [
                .unanswered(token: 1, begun: true, reason: "time_out (smpp: no answer)")
            ])
        #expect(driver.written().map(\.command) == [SMPPCommand.enquireLink])
        driver.answer(number, id: "late")
        #expect(driver.session.takeEvents() == [] && driver.session.isBound)
    }

    @Test func aLostConnectionTellsWhatWasWritten() {
        var driver = SessionDriver.bound()
        for token in 0..<3 {
            driver.session.submit(token: token, now: driver.now) { $0.append(contentsOf: [1, 2, 3]) }
        }
        // Nineteen bytes each: all of the first, one byte of the second.
        driver.session.wrote(20)
        driver.session.lost("the connection was reset")
        let events = driver.session.takeEvents()
        let reason = "no_connection (smpp: the connection was reset)"
        #expect(
            Set(events.dropLast()) == [
                .unanswered(token: 0, begun: true, reason: reason), .unanswered(token: 1, begun: true, reason: reason),
                .unanswered(token: 2, begun: false, reason: reason),
            ])
        #expect(events.last == .closed(.broken("the connection was reset")))
    }

    @Test func whatCouldNotBeWrittenInTimeEndsTheSession() {
        var driver = SessionDriver.bound(options { $0.responseTimeout = 500 })
        driver.session.submit(token: 0, now: driver.now) { $0.append(1) }
        driver.pass(500)
        let events = driver.session.takeEvents()
        #expect(
            events == [.unanswered(token: 0, begun: false, reason: "time_out (smpp: no answer)"), .closed(.silent)])
    }

    @Test func nothingIsQueuedBehindASlowSocket() {
        var driver = SessionDriver.bound()
        driver.session.submit(token: 0, now: driver.now) { $0.append(1) }
        driver.session.wrote(5)
        #expect(!driver.session.hasRoom(now: driver.now))
    }

    @Test func silenceIsAskedAndThenGivenUp() {
        var driver = SessionDriver.bound(
            options {
                $0.enquireInterval = 10_000
                $0.enquireTimeout = 2_000
                $0.enquireLimit = 3
            })
        #expect(driver.session.nextTick(now: driver.now) == driver.now + 10_000)
        driver.pass(9_999)
        #expect(driver.written() == [])
        driver.pass(1)
        let question = driver.written()
        #expect(question.map(\.command) == [SMPPCommand.enquireLink])
        driver.pass(1_000)
        driver.receive(PDU(command: SMPPCommand.enquireLink | SMPPCommand.answer, sequence: question[0].sequence))
        driver.pass(9_999)
        #expect(driver.written() == [])
        driver.pass(1)
        #expect(driver.written().count == 1)
        driver.pass(2_000)
        driver.pass(2_000)
        #expect(driver.written().count == 2 && driver.session.takeEvents() == [])
        driver.pass(2_000)
        #expect(driver.session.takeEvents() == [.closed(.silent)])
    }

    @Test func questionsAreAnsweredAtOnce() {
        var driver = SessionDriver.bound()
        driver.receive(PDU(command: SMPPCommand.enquireLink, sequence: 5))
        #expect(driver.written() == [PDU(command: SMPPCommand.enquireLink | SMPPCommand.answer, sequence: 5)])
    }

    @Test(arguments: [0x14, 0x58] as [UInt32]) func throttlingSlowsTheSession(status: UInt32) {
        var driver = SessionDriver.bound(options { $0.window = 16 })
        let numbers = (0..<16).map { driver.submit($0) }
        for number in numbers { driver.answer(number, status: status) }
        #expect(driver.session.pace.limit == 8)
        #expect(!driver.session.hasRoom(now: driver.now))
        #expect(driver.session.nextTick(now: driver.now) <= driver.now + SMPPPace.shortestPause)
        driver.now += SMPPPace.shortestPause
        #expect(driver.session.hasRoom(now: driver.now))
        // Again and again: one at a time, and longer and longer pauses.
        for _ in 0..<10 {
            driver.now += SMPPPace.longestPause
            let number = driver.submit(0)
            driver.answer(number, status: status)
        }
        #expect(driver.session.pace.limit == 1)
        #expect(driver.session.pace.heldUntil == driver.now + SMPPPace.longestPause)
        // And open again.
        driver.now += SMPPPace.longestPause
        for _ in 0..<500 {
            let number = driver.submit(0)
            driver.answer(number, id: "x")
        }
        #expect(driver.session.pace.limit == 16)
    }

    @Test func aNackRefusesItsSubmit() {
        var driver = SessionDriver.bound()
        let first = driver.submit(1)
        let second = driver.submit(2)
        driver.receive(PDU(command: SMPPCommand.genericNack, status: 0x58, sequence: first))
        driver.receive(PDU(command: SMPPCommand.genericNack, status: 0, sequence: second))
        #expect(
            driver.session.takeEvents() == [
                .answered(token: 1, status: 0x58, reference: ""),
                .unanswered(token: 2, begun: true, reason: "unclear_reply (smpp: nack)"),
            ])
    }

    @Test(
        arguments: [
            Array("HTTP/1.1 400 Bad Request\r\n".utf8), Array(repeating: 0, count: 16),
            [0, 0, 0, 15] + Array(repeating: 0, count: 12),
            [0, 1, 0, 1] + Array(repeating: 0, count: 12), PDU(command: 0x8000_1234, sequence: 1).bytes,
        ] as [[UInt8]])
    func garbageClosesTheSession(bytes: [UInt8]) {
        var driver = SessionDriver.bound()
        _ = driver.submit(1)
        driver.receive(bytes)
        #expect(driver.session.takeEvents().last == .closed(.garbage))
        #expect(driver.session.takeEvents() == [])
        driver.receive(PDU(command: SMPPCommand.enquireLink, sequence: 1))
        #expect(driver.written() == [])
    }

    @Test func randomBytesNeverHarm() {
        var randomness = SeededRandom(seed: 34)
        for _ in 0..<500 {
            var driver = SessionDriver.bound()
            _ = driver.submit(1)
            for _ in 0..<20 {
                let count = Int.random(in: 0...60, using: &randomness)
                var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &randomness) }
                if Bool.random(using: &randomness), bytes.count >= 8 {
                    // A likely header, so that bodies are looked at too.
                    bytes.replaceSubrange(0..<4, with: [0, 0, 0, UInt8.random(in: 16...80, using: &randomness)])
                    bytes.replaceSubrange(
                        4..<8,
                        with: [
                            UInt8.random(in: 0...1, using: &randomness) * 0x80, 0, 0,
                            UInt8.random(in: 0...0x16, using: &randomness),
                        ])
                }
                driver.receive(bytes)
            }
            driver.session.lost("over")
            let events = driver.session.takeEvents()
            let ends = events.filter {
                if case .answered = $0 { true } else if case .unanswered = $0 { true } else { false }
            }
            #expect(ends.count == 1 && driver.session.state == .closed)
        }
    }

    @Test func deliveriesAreAcknowledgedWhenTheOwnerSaysSo() {
        var driver = SessionDriver.bound()
        let pdu = PDU(command: SMPPCommand.deliver, sequence: 90, body: [1, 2, 3])
        driver.receive(pdu)
        driver.receive(PDU(command: SMPPCommand.data, sequence: 91, body: [4]))
        #expect(driver.written() == [])
        #expect(
            driver.session.takeEvents() == [
                .delivery(sequence: 90, isData: false, pdu: pdu.bytes),
                .delivery(
                    sequence: 91, isData: true, pdu: PDU(command: SMPPCommand.data, sequence: 91, body: [4]).bytes),
            ])
        driver.session.acknowledge(sequence: 91, isData: true, stored: false)
        driver.session.acknowledge(sequence: 90, isData: false, stored: true)
        #expect(
            driver.written() == [
                PDU(command: SMPPCommand.data | SMPPCommand.answer, status: 0x64, sequence: 91, body: [0]),
                PDU(command: SMPPCommand.deliver | SMPPCommand.answer, sequence: 90, body: [0]),
            ])
    }

    @Test func unbindingHereWaitsForTheAnswers() {
        var driver = SessionDriver.bound()
        let number = driver.submit(1)
        driver.session.unbind(now: driver.now)
        let goodbye = driver.written()
        #expect(goodbye.map(\.command) == [SMPPCommand.unbind])
        #expect(!driver.session.hasRoom(now: driver.now))
        driver.answer(number, id: "in_time")
        driver.receive(PDU(command: SMPPCommand.unbind | SMPPCommand.answer, sequence: goodbye[0].sequence))
        #expect(
            driver.session.takeEvents() == [
                .answered(token: 1, status: 0, reference: "in_time"), .closed(.unboundHere),
            ])
    }

    @Test func unbindingHereEndsWithoutAnAnswerToo() {
        var driver = SessionDriver.bound()
        driver.session.unbind(now: driver.now)
        driver.pass(1_000)
        #expect(driver.session.takeEvents() == [.closed(.unboundHere)])
    }

    @Test func unbindingThereIsAnswered() {
        var driver = SessionDriver.bound()
        driver.receive(PDU(command: SMPPCommand.unbind, sequence: 12))
        #expect(driver.session.takeEvents() == [.closed(.unboundThere)])
        #expect(driver.written() == [PDU(command: SMPPCommand.unbind | SMPPCommand.answer, sequence: 12)])
    }

    @Test func whatNobodyAskedForIsRefusedOrIgnored() {
        var driver = SessionDriver.bound()
        driver.receive(PDU(command: SMPPCommand.outbind, sequence: 1, body: Array("a\0b\0".utf8)))
        driver.receive(PDU(command: SMPPCommand.alertNotification, sequence: 2, body: [1, 1, 0, 1, 1, 0]))
        driver.receive(PDU(command: 0x111, sequence: 3))
        #expect(driver.written() == [PDU(command: SMPPCommand.genericNack, status: 3, sequence: 3)])
        #expect(driver.session.takeEvents() == [] && driver.session.isBound)
    }

    @Test func idsAreKeptVisibleAndShort() {
        var driver = SessionDriver.bound()
        let number = driver.submit(1)
        driver.answer(number, id: "a,b \u{7}ü" + String(repeating: "9", count: 100))
        #expect(
            driver.session.takeEvents() == [
                .answered(token: 1, status: 0, reference: "a_b____" + String(repeating: "9", count: 58))
            ])
    }
}
