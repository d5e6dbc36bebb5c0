@testable import Senders

/// Plays the SMSC's side of a session in memory: what the session wrote as PDUs, and PDUs for it.
struct SessionDriver {
    struct PDU: Hashable {
        var command: UInt32
        var status: UInt32 = 0
        var sequence: UInt32
        var body: [UInt8] = []

        var bytes: [UInt8] {
            var out: [UInt8] = []
            for word in [UInt32(16 + body.count), command, status, sequence] { out.append(word: word) }
            return out + body
        }
    }

    var session: SMPPSession
    var now: Int64 = 1_000_000

    init(_ options: SMPPSession.Options = .init(), lastSequence: UInt32 = 0) {
        session = SMPPSession(options, lastSequence: lastSequence)
    }

    /// A session that is bound, with nothing left to write and no event.
    static func bound(_ options: SMPPSession.Options = .init(), lastSequence: UInt32 = 0) -> SessionDriver {
        var driver = SessionDriver(options, lastSequence: lastSequence)
        driver.session.open(now: driver.now)
        let bind = driver.written()[0]
        driver.receive(.init(command: bind.command | SMPPCommand.answer, sequence: bind.sequence, body: [0x53, 0]))
        _ = driver.session.takeEvents()
        return driver
    }

    /// Everything that is to be written, as written.
    mutating func written() -> [PDU] {
        var rest = session.output[session.written...]
        session.wrote(rest.count)
        var found: [PDU] = []
        while rest.count >= 16 {
            let header = SMPPHeader(Array(rest).span)
            let whole = rest.prefix(header.length)
            found.append(
                PDU(
                    command: header.command, status: header.status, sequence: header.sequence,
                    body: Array(whole.dropFirst(16))))
            rest = rest.dropFirst(header.length)
        }
        return found
    }

    mutating func receive(_ pdu: PDU) { receive(pdu.bytes) }

    mutating func receive(_ bytes: [UInt8]) {
        let now = now
        bytes.withUnsafeBytes { session.receive($0, now: now) }
    }

    /// Submits and says under which number.
    mutating func submit(_ token: Int) -> UInt32 {
        session.submit(token: token, now: now) { $0.append(contentsOf: [1, 2, 3]) }
        return written().last?.sequence ?? 0
    }

    mutating func answer(_ sequence: UInt32, status: UInt32 = 0, id: String = "") {
        receive(
            .init(
                command: SMPPCommand.submit | SMPPCommand.answer, status: status, sequence: sequence,
                body: Array(id.utf8) + [0]))
    }

    mutating func pass(_ milliseconds: Int64) {
        now += milliseconds
        session.tick(now: now)
    }
}
