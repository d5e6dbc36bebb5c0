import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Senders

/// The provider against far ends that misbehave below SMPP.
@Suite struct SMPPFarEndTests {
    private func send(
        port: UInt16, _ settings: String = "", to recipients: [String] = ["+6591110001"],
        witness: TestWitness = TestWitness()
    ) async throws -> [Outcome] {
        let loop = try SMPPLoop()
        let patience = ["connect_timeout_ms", "response_timeout_ms", "queue_timeout_ms"]
            .filter { !settings.contains($0) }.map { #","\#($0)":\#(Patience.milliseconds)"# }.joined()
        let config = try SMPPConfig(
            json: #"{"host":"127.0.0.1","port":\#(port),"internal":true,"system_id":"u"\#(settings)\#(patience)}"#)
        let provider = SMPPProvider(name: "telco", config: config, loop: loop)
        let outcomes = await provider.send(testBatch(to: recipients), witness: witness)
        loop.stop()
        return outcomes
    }

    @Test func aRefusedConnectionIsNotSent() async throws {
        let port = HeldPort()
        let witness = TestWitness()
        let outcomes = try await send(port: port.number, to: ["1", "2", "3"], witness: witness)
        #expect(
            outcomes == Array(repeating: .notSent(reason: "no_connection (smpp: the connection was refused)"), count: 3)
        )
        #expect(witness.begun == 1 && witness.calls.map(\.places) == [0..<3])
    }

    @Test func anUnknownHostIsNotSent() async throws {
        let loop = try SMPPLoop()
        let config = try SMPPConfig(json: #"{"host":"no-such-host.invalid","system_id":"u","connect_timeout_ms":3000}"#)
        let provider = SMPPProvider(name: "telco", config: config, loop: loop)
        let outcomes = await provider.send(testBatch(to: ["+6591110001"]), witness: TestWitness())
        loop.stop()
        #expect(outcomes.map(\.kind) == [.notSent])
    }

    /// The witness hears of the call before it has come to anything.
    @Test func aBindThatHangsIsNotSentAndSeen() async throws {
        let server = try RawServer { connection in
            var byte: UInt8 = 0
            while recv(connection.descriptor, &byte, 1, 0) > 0 {}
        }
        let witness = TestWitness()
        let outcomes = try await send(port: server.port, #","connect_timeout_ms":1000"#, witness: witness)
        server.stop()
        #expect(outcomes == [.notSent(reason: "no_connection (smpp: no session in time)")])
        #expect(witness.begun == 1 && witness.calls.map(\.kind) == [.notSent])
    }

    @Test func aFarEndThatSpeaksHTTPIsNotSent() async throws {
        let server = try RawServer { $0.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") }
        let outcomes = try await send(port: server.port)
        server.stop()
        #expect(outcomes == [.notSent(reason: "unclear_reply (smpp: no PDU)")])
    }

    /// Binds as any SMSC would, then takes one submit and does something else than answer it.
    private func afterSubmit(_ act: @escaping @Sendable (RawConnection, SMPPHeader) -> Void) throws -> RawServer {
        try RawServer { connection in
            while let (header, _) = connection.pdu() {
                switch header.command {
                case SMPPCommand.bindTransceiver:
                    connection.answer(
                        .init(command: header.command | SMPPCommand.answer, sequence: header.sequence, body: [0]))
                case SMPPCommand.submit: return act(connection, header)
                default: break
                }
            }
        }
    }

    @Test func aResetAfterTheSubmitIsInDoubt() async throws {
        let server = try afterSubmit { connection, _ in connection.armReset() }
        let outcomes = try await send(port: server.port)
        server.stop()
        #expect(outcomes.map(\.kind) == [.inDoubt])
    }

    @Test func garbageAfterTheSubmitIsInDoubt() async throws {
        let server = try afterSubmit { connection, _ in connection.write("garbage, and plenty of it") }
        let outcomes = try await send(port: server.port)
        server.stop()
        #expect(outcomes == [.inDoubt(reason: "unclear_reply (smpp: no PDU)")])
    }

    @Test func anAnswerThatDripsIsAnAnswer() async throws {
        let server = try afterSubmit { connection, header in
            let answer = SessionDriver.PDU(
                command: SMPPCommand.submit | SMPPCommand.answer, sequence: header.sequence, body: Array("drip\0".utf8))
            for byte in answer.bytes {
                connection.put([byte])
                usleep(1_000)
            }
            _ = connection.pdu()
        }
        let outcomes = try await send(port: server.port)
        server.stop()
        #expect(outcomes == [.sent(reference: "drip", cost: nil)])
    }

    @Test func anUnbindAfterTheSubmitIsInDoubt() async throws {
        let server = try afterSubmit { connection, _ in
            connection.answer(.init(command: SMPPCommand.unbind, sequence: 1))
            _ = connection.pdu()
        }
        let outcomes = try await send(port: server.port)
        server.stop()
        #expect(outcomes == [.inDoubt(reason: "no_connection (smpp: unbound)")])
    }

    /// Reads nothing after the bind: the socket's buffers fill up, and what was not written was not sent.
    @Test func whatNeverLeftIsNotSent() async throws {
        let recipients = (0..<3_000).map { "+65\(90_000_000 + $0)" }
        // The bind must come in this time, too.
        let outcomes = try await withGrowingTimeOut(from: 1500, until: { Set($0.map(\.kind)).contains(.inDoubt) }) {
            timeOut -> [Outcome] in
            let isOver = WaitPoint()
            let server = try RawServer { connection in
                guard let (header, _) = connection.pdu() else { return }
                connection.answer(
                    .init(command: header.command | SMPPCommand.answer, sequence: header.sequence, body: [0]))
                isOver.waitBlocking()
            }
            let outcomes = try await send(
                port: server.port,
                #","window":1000,"response_timeout_ms":\#(timeOut),"queue_timeout_ms":\#(timeOut * 2 / 3)"#,
                to: recipients)
            isOver.open()
            server.stop()
            return outcomes
        }
        let kinds = Set(outcomes.map(\.kind))
        #expect(kinds == [.inDoubt, .notSent])
        #expect(outcomes.count { $0.kind == .inDoubt } <= 1_000)
    }

    @Test func stoppingEndsWhatIsUnderWay() async throws {
        let isUnderWay = WaitPoint()
        let server = try afterSubmit { connection, _ in
            isUnderWay.open()
            while connection.pdu() != nil {}
        }
        let loop = try SMPPLoop()
        let config = try SMPPConfig(
            json: #"{"host":"127.0.0.1","port":\#(server.port),"internal":true,"system_id":"u","window":1}"#)
        let provider = SMPPProvider(name: "telco", config: config, loop: loop)
        async let sending = provider.send(testBatch(to: ["1", "2", "3"]), witness: TestWitness())
        await isUnderWay.wait()
        loop.stop()
        let outcomes = await sending
        server.stop()
        #expect(outcomes.map(\.kind) == [.inDoubt, .notSent, .notSent])
        let later = await provider.send(testBatch(to: ["1"]), witness: TestWitness())
        #expect(later == [.notSent(reason: ProviderReason.senderStopped)])
    }
}

extension RawConnection {
    /// Reads one PDU; nil when the client has gone.
    func pdu() -> (header: SMPPHeader, body: [UInt8])? {
        guard let head = bytes(16) else { return nil }
        let header = SMPPHeader(head.span)
        guard let body = bytes(header.length - 16) else { return nil }
        return (header, body)
    }

    func answer(_ pdu: SessionDriver.PDU) { put(pdu.bytes) }

    func put(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    private func bytes(_ count: Int) -> [UInt8]? {
        var found: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: max(count, 1))
        while found.count < count {
            let read = recv(descriptor, &piece, count - found.count, 0)
            guard read > 0 else { return nil }
            found += piece[..<read]
        }
        return found
    }
}
