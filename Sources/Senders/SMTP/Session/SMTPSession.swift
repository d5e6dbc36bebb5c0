/// One conversation with a mail server (RFC 5321), without any I/O: bytes from the server go in, bytes for it and
/// events come out. Whoever owns the connection moves the bytes and the time.
///
/// States: greeting -> hello -> (startTLS -> securing -> hello) -> (login) -> ready -> quitting -> over. Any of them ends
/// in `over` by a failure. In `ready` messages follow one another: an envelope is opened, the server asks for the
/// content, the content is handed over, and with PIPELINING the next envelope goes in the same write (RFC 2920 lets the
/// content be first in a group and DATA last), so that a message costs one round trip.
///
/// At most two messages are open at a time: one whose content is out and that waits for its verdict, and one whose
/// envelope is out. If the connection is lost, only the first may have been taken.
struct SMTPSession: ~Copyable {
    enum State { case greeting, hello, startTLS, securing, login, ready, quitting, over }

    /// What the next reply answers.
    enum Expected {
        case greeting, hello, fallbackHello, startTLS
        case plain, login, loginUser, loginPassword
        case reset, sender, recipient, data, content, lone, quit
    }

    /// A message whose envelope is out.
    private struct Open {
        let ticket: Int
        /// The first refusal of the envelope.
        var refusal: (reply: SMTPReply, stage: SMTPStage)?
    }

    let options: Options
    var capabilities = SMTPCapabilities.none
    /// What happened since the owner looked last.
    var events: [Event] = []
    /// Messages that the server took, over the whole connection.
    private(set) var accepted = 0

    var state: State
    var isEncrypted: Bool
    private var reader = SMTPReplyReader()
    private var expected: [Expected] = []
    private var envelope: Open?
    /// The envelope's commands that wait for the answer to the last, where the server takes one at a time.
    private var held: [(Expected, [UInt8])] = []
    private var isContentWanted = false
    /// The message that waits for its verdict, and where in the output its final dot begins.
    private var delivery: (ticket: Int, dotAt: Int)?
    private var begun = 0
    private var needsReset = false

    private var output = RawBytes(capacity: 8192)
    private var head = 0
    private var queued = 0
    private(set) var written = 0
    /// Whole answers heard.
    private(set) var replies = 0

    /// `isEncrypted` where TLS stands before the first byte.
    init(_ options: Options) {
        self.options = options
        isEncrypted = options.security == .tls
        state = .greeting
        expected = [.greeting]
    }

    // MARK: Bytes out

    /// What is to be written next.
    var pending: UnsafeBufferPointer<UInt8> { output.buffer(head..<output.count) }

    var hasPending: Bool { head < output.count }

    mutating func wrote(_ count: Int) {
        head += count
        written += count
        guard head == output.count else { return }
        if output.count > 1 << 20 { output = RawBytes(capacity: 8192) } else { output.clear() }
        head = 0
    }

    // MARK: Messages

    /// Whether an answer is still to come.
    var isWaiting: Bool { !expected.isEmpty }
    var isReady: Bool { state == .ready }
    /// The answer to a whole message is the next: servers take their time for it.
    var awaitsVerdict: Bool { expected.first == .content }

    /// Whether another envelope may be opened now.
    var canBegin: Bool {
        state == .ready && envelope == nil && begun < options.messages && (delivery == nil || capabilities.pipelining)
    }

    /// Whether the connection is used up: the owner quits as soon as nothing is open.
    var isUsedUp: Bool { begun >= options.messages }

    var openTickets: [Int] { [delivery?.ticket, envelope?.ticket].compactMap { $0 } }

    /// The message whose final dot has begun to leave: only it may have been taken without our knowing.
    var ticketInDoubt: Int? {
        guard let delivery, written > delivery.dotAt else { return nil }
        return delivery.ticket
    }

    /// Opens an envelope. Call only where `canBegin`. Addresses are those that `MailAddress` lets pass.
    mutating func begin(_ message: Envelope, from: Span<UInt8>, to: Span<UInt8>) {
        if message.needsUTF8, !capabilities.smtpUTF8 {
            events.append(.ended(ticket: message.ticket, .impossible(.smtpUTF8)))
            return
        }
        if capabilities.size > 0, message.size > capabilities.size {
            events.append(.ended(ticket: message.ticket, .impossible(.size)))
            return
        }
        begun += 1
        envelope = Open(ticket: message.ticket)
        if needsReset {
            say("RSET\r\n", expecting: .reset)
            needsReset = false
        }
        var command = Array("MAIL FROM:<".utf8)
        from.withUnsafeBufferPointer { command.append(contentsOf: $0) }
        command.append(0x3E)
        if capabilities.offersSize { command += Array(" SIZE=\(message.size)".utf8) }
        if message.isEightBit { command += Array(" BODY=8BITMIME".utf8) }
        if message.needsUTF8 { command += Array(" SMTPUTF8".utf8) }
        command += [0x0D, 0x0A]
        var recipient = Array("RCPT TO:<".utf8)
        to.withUnsafeBufferPointer { recipient.append(contentsOf: $0) }
        recipient += [0x3E, 0x0D, 0x0A]
        let data = Array("DATA\r\n".utf8)
        if capabilities.pipelining {
            say(command, expecting: .sender)
            say(recipient, expecting: .recipient)
            say(data, expecting: .data)
        } else {
            held = [(.sender, command), (.recipient, recipient), (.data, data)]
            if expected.isEmpty { sayHeld() }
        }
    }

    /// Hands the message over that the server asked for: dots doubled, the final dot with its line's end last.
    mutating func content(_ wire: UnsafeBufferPointer<UInt8>) {
        guard isContentWanted, let open = envelope else { return }
        isContentWanted = false
        envelope = nil
        output.append(wire)
        queued += wire.count
        delivery = (open.ticket, queued - 3)
        expected.append(.content)
    }

    /// Says goodbye. Call only where no message is open.
    mutating func quit() {
        guard state == .ready else { return }
        state = .quitting
        say("QUIT\r\n", expecting: .quit)
    }

    // MARK: Bytes in

    /// The handshake that `startTLS` asked for has succeeded. What the server offered in clear counts for nothing.
    mutating func secured() {
        guard state == .securing else { return }
        isEncrypted = true
        capabilities = .none
        sayHello()
    }

    mutating func receive(_ bytes: UnsafeBufferPointer<UInt8>) {
        var rest = bytes
        while !rest.isEmpty, state != .over {
            // Whatever arrives in clear after the answer to STARTTLS was not said by the server behind the encryption.
            if state == .securing { return fail(.injected) }
            do throws(SMTPReplyReader.Fault) {
                let (taken, reply) = try reader.take(rest)
                rest = UnsafeBufferPointer(rebasing: rest[taken...])
                if let reply { answer(reply) }
            } catch {
                fail(error == .tooLong ? .tooLong : .garbled)
            }
        }
    }

    private mutating func answer(_ reply: SMTPReply) {
        guard let question = expected.first else {
            // The server speaks unasked: it closes an idle session, or it is out of step.
            return fail(reply.code == 421 ? .refused(reply, at: .idle) : .garbled)
        }
        expected.removeFirst()
        replies += 1
        switch question {
        case .greeting: greeted(reply)
        case .hello, .fallbackHello: heardHello(reply, isFallback: question == .fallbackHello)
        case .startTLS: heardStartTLS(reply)
        case .plain, .loginPassword: loggedIn(reply)
        case .login, .loginUser: continueLogin(reply, question)
        case .reset:
            if !reply.isPositive { fail(.refused(reply, at: .idle)) }
        case .sender: envelopeAnswered(reply, at: .sender)
        case .recipient: envelopeAnswered(reply, at: .recipient)
        case .data: dataAnswered(reply)
        case .content: delivered(reply)
        case .lone: break
        case .quit:
            state = .over
            events.append(.closed)
        }
        if state == .ready { sayHeld() }
    }

    mutating func fail(_ failure: SMTPFailure) {
        state = .over
        events.append(.failed(failure))
    }

    // MARK: A message

    private mutating func envelopeAnswered(_ reply: SMTPReply, at stage: SMTPStage) {
        if reply.code == 421 { return fail(.refused(reply, at: stage)) }
        guard !reply.isPositive, envelope != nil, envelope?.refusal == nil else { return }
        envelope?.refusal = (reply, stage)
        guard !held.isEmpty else { return }
        // One command at a time: the rest of the envelope was not said, and need not be.
        held = []
        endRefused()
    }

    private mutating func dataAnswered(_ reply: SMTPReply) {
        if reply.code == 421 { return fail(.refused(reply, at: .data)) }
        guard let open = envelope else { return }
        if reply.code == 354 {
            guard open.refusal != nil else {
                isContentWanted = true
                events.append(.wantsContent(ticket: open.ticket))
                return
            }
            // No recipient, and the server wants a message all the same: an empty one, to nobody (RFC 2920, 3.1).
            say(".\r\n", expecting: .lone)
        } else if open.refusal == nil {
            envelope?.refusal = (reply, .data)
        }
        endRefused()
    }

    private mutating func endRefused() {
        guard let open = envelope, let refusal = open.refusal else { return }
        envelope = nil
        needsReset = true
        events.append(.ended(ticket: open.ticket, .refused(refusal.reply, at: refusal.stage)))
    }

    private mutating func delivered(_ reply: SMTPReply) {
        guard let (ticket, dotAt) = delivery else { return }
        delivery = nil
        if written <= dotAt {
            // An answer to a message that is not out yet: a refusal can be believed, anything else is out of step.
            if reply.isPositive {
                delivery = (ticket, dotAt)
                return fail(.garbled)
            }
            events.append(.ended(ticket: ticket, .refused(reply, at: .content)))
            return fail(.refused(reply, at: .content))
        }
        if reply.isPositive {
            accepted += 1
            events.append(.ended(ticket: ticket, .accepted(reply)))
        } else {
            events.append(.ended(ticket: ticket, .refused(reply, at: .content)))
            if reply.code == 421 { fail(.refused(reply, at: .content)) }
        }
    }

    // MARK: Saying

    mutating func say(_ line: StaticString, expecting reply: Expected) {
        output.append(line)
        queued += line.utf8CodeUnitCount
        expected.append(reply)
    }

    mutating func say(_ line: [UInt8], expecting reply: Expected) {
        output.append(line)
        queued += line.count
        expected.append(reply)
    }

    private mutating func sayHeld() {
        guard expected.isEmpty, !held.isEmpty else { return }
        let (reply, line) = held.removeFirst()
        say(line, expecting: reply)
    }
}
