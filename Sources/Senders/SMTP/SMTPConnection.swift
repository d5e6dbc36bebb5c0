import Domain
private import Glibc

/// One connection to a mail server: a socket, TLS over it, the conversation, and the messages on it.
///
/// Phases: resolving -> connecting -> (securing) -> talking -> leaving -> over. STARTTLS goes back from talking to securing
/// once. Every end goes through `end`, where each message on the connection gets its outcome or goes back to wait.
final class SMTPConnection {
    enum Phase { case resolving, connecting, securing, talking, leaving, over }

    let lane: SMTPLane
    unowned let reactor: SMTPReactor
    let config: SMTPConfig
    var phase = Phase.resolving
    var session: SMTPSession
    private var composer = MailComposer()
    var wire: SMTPWire?
    /// Addresses that were not tried yet.
    var addresses: ArraySlice<SocketAddress> = []
    /// The message that the connection is set up for.
    private var first: SMTPLoad?
    private var loads: [(ticket: Int, load: SMTPLoad)] = []
    private var ticket = 0
    var setUpEnds: Int64 = 0
    private(set) var deadline = Int64.max
    private(set) var isReady = false
    /// What the clock was last set by: answers heard and bytes written.
    private var clocked = (replies: 0, written: 0, isWaiting: false)

    private static let goodbyeTime: Int64 = 5_000
    /// A slow reader gets time anew for each piece of this size.
    private static let writtenPiece = 32_768

    init(lane: SMTPLane, reactor: SMTPReactor, load: SMTPLoad) {
        self.lane = lane
        self.reactor = reactor
        config = lane.endpoint.config
        session = SMTPSession(config.session)
        first = load
    }

    /// The server took a message from this connection: it is a working one.
    var hasDelivered: Bool { session.accepted > 0 }
    var isIdle: Bool { isReady && loads.isEmpty }
    var canTakeMore: Bool { isReady && session.canBegin }

    // MARK: Working: the way here is in SMTPConnection+SetUp.swift

    /// The socket has news.
    func stirred() {
        if phase == .connecting {
            if let fault = wire?.connectFault() { return tryNextAddress(after: fault.reason) }
            connected()
        } else {
            read()
        }
        settle()
    }

    /// Takes as many messages up as the server may be told of now.
    func fill() {
        takeUp()
        settle()
    }

    private func read() {
        while phase != .over {
            switch wire?.receive(reactor.room) {
            case .bytes(let count):
                if phase == .securing { handshake() }
                hear(count)
                work()
                // What is left is told by the next event.
                if count < reactor.room.count { return }
            case .nothing, nil: return
            case .closed: return end(.notSent(reason: Self.lost), mayReturn: true)
            }
        }
    }

    /// Lets the session hear what came, decrypted where it is encrypted.
    private func hear(_ count: Int) {
        guard wire?.channel != nil else {
            return session.receive(UnsafeBufferPointer(rebasing: reactor.room[..<count]))
        }
        while phase == .talking || phase == .leaving {
            guard let decrypted = wire?.decrypt(reactor.clearRoom) else {
                work()
                return end(.notSent(reason: Self.lost), mayReturn: true)
            }
            guard decrypted > 0 else { return }
            session.receive(UnsafeBufferPointer(rebasing: reactor.clearRoom[..<decrypted]))
        }
    }

    /// Obeys the session's events until there are no more.
    private func work() {
        while phase != .over, !session.events.isEmpty {
            let events = session.events
            session.events = []
            for event in events where phase != .over { obey(event) }
        }
    }

    private func obey(_ event: SMTPSession.Event) {
        switch event {
        case .startTLS:
            secure()
        case .ready:
            isReady = true
            if let load = first {
                first = nil
                open(load)
            }
            takeUp()
        case .wantsContent(let ticket):
            deliver(ticket)
        case .ended(let ticket, let verdict):
            if let load = release(ticket) { lane.end(load, config.meaning.outcome(verdict), reply: verdict.reply) }
            takeUp()
        case .failed(let failure):
            end(config.meaning.outcome(failure), reply: failure.reply, mayReturn: true)
        case .closed:
            end(.notSent(reason: Self.lost), mayReturn: true)
        }
    }

    private func takeUp() {
        while isReady, session.canBegin, let load = lane.take() { open(load) }
    }

    /// Composes a message and opens its envelope.
    private func open(_ load: SMTPLoad) {
        let source = load.job.source
        do {
            try composer.compose(
                source, load.place, allowsEightBits: session.capabilities.eightBitMIME, now: .now)
        } catch {
            return lane.end(load, .notSent(reason: "\(ProviderReason.accountRefused) (dkim key)"))
        }
        ticket += 1
        loads.append((ticket, load))
        let bytes = source.batch.bytes
        let to = bytes.span.extracting(load.message.to.range)
        let from = config.envelopeSender(load.message.id, of: source.sender)
        session.begin(
            SMTPSession.Envelope(
                ticket: ticket, size: composer.size, isEightBit: composer.isEightBit,
                needsUTF8: !MailAddress.isASCII(to)),
            from: from.span, to: to)
    }

    /// The last moment: once the message is in the output, nobody calls it back.
    private func deliver(_ ticket: Int) {
        guard let load = loads.first(where: { $0.ticket == ticket })?.load else { return }
        let leave = load.job.witness.leave()
        guard leave == .granted else {
            _ = release(ticket)
            lane.end(load, .notSent(reason: leave.reason))
            // The server waits for a message that does not come.
            return end(.notSent(reason: Self.lost), mayReturn: true)
        }
        session.content(composer.wire.buffer)
        takeUp()
    }

    private func release(_ ticket: Int) -> SMTPLoad? {
        guard let place = loads.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        return loads.remove(at: place).load
    }

    /// After everything that happened: what is to be written goes out, the clock runs for what comes next.
    private func settle() {
        work()
        if phase == .talking, session.isUsedUp, isIdle { sayGoodbye() }
        guard phase != .over, phase != .connecting, phase != .resolving, let wire else { return }
        switch wire.flush(&session) {
        case .done: reactor.epoll.watch(wire.socket, reading: true, writing: false)
        case .blocked: reactor.epoll.watch(wire.socket, reading: true, writing: true)
        case .broken:
            // The server may have said why before it closed.
            read()
            if phase != .over { end(.notSent(reason: Self.lost), mayReturn: true) }
            return
        }
        if phase == .talking { keepTime() }
    }

    // MARK: Time

    /// A clock that runs from answer to answer: bytes of an unfinished one do not set it back, or a server that drips
    /// would hold a message for ever.
    private func keepTime() {
        let hasHeard = session.replies != clocked.replies
        let hasWritten =
            session.written != clocked.written
            && (!session.hasPending || session.written - clocked.written >= Self.writtenPiece)
        if hasHeard || hasWritten || session.isWaiting != clocked.isWaiting { restartClock() }
    }

    func restartClock() {
        clocked = (session.replies, session.written, session.isWaiting)
        let wait =
            session.awaitsVerdict
            ? config.deliveryTimeout : session.isWaiting ? config.replyTimeout : config.idleTimeout
        limit(to: reactor.now + wait.wholeMilliseconds)
    }

    func limit(to time: Int64) {
        deadline = time
        reactor.wake(at: time)
    }

    func timedOut() {
        switch phase {
        case .over: break
        case .connecting where !addresses.isEmpty:
            closeWire()
            tryNextAddress(after: "connect timed out")
        case .resolving, .connecting, .securing:
            end(.notSent(reason: "\(ProviderReason.timeOut) (smtp connect)"), mayReturn: true)
        case .talking where isIdle && !session.isWaiting: sayGoodbye()
        case .talking: end(.notSent(reason: "\(ProviderReason.timeOut) (smtp answer)"), mayReturn: false)
        case .leaving: end(.notSent(reason: Self.lost), mayReturn: true)
        }
    }

    // MARK: The end

    private static let lost = "\(ProviderReason.noConnection) (smtp connection lost)"

    /// Leaves as a guest should. The lane may dial another in its place.
    func sayGoodbye() {
        guard phase == .talking, isIdle else { return }
        phase = .leaving
        isReady = false
        lane.connections.removeAll { $0 === self }
        session.quit()
        limit(to: reactor.now + Self.goodbyeTime)
        if let wire { _ = wire.flush(&session) }
    }

    func abort(_ reason: String) {
        sayGoodbye()
        end(.notSent(reason: reason), mayReturn: false)
    }

    /// `mayReturn` where another connection may do better.
    func end(_ outcome: Outcome, reply: SMTPReply? = nil, mayReturn: Bool) {
        guard phase != .over else { return }
        let hadSession = isReady || phase == .leaving
        let ticketInDoubt = session.ticketInDoubt
        phase = .over
        isReady = false
        deadline = .max
        closeWire()
        lane.connections.removeAll { $0 === self }
        reactor.remove(self)
        let open = loads
        loads = []
        for (ticket, load) in open.reversed() {
            if ticket == ticketInDoubt {
                let reason = outcome.reason.isEmpty ? Self.lost : outcome.reason
                lane.end(load, .inDoubt(reason: reason), reply: reply)
            } else {
                putBack(load, or: outcome, reply, mayReturn)
            }
        }
        if let load = first {
            first = nil
            putBack(load, or: outcome, reply, mayReturn)
        }
        if !hadSession, lane.connections.isEmpty { lane.giveUp(outcome) }
    }

    private func putBack(_ load: SMTPLoad, or outcome: Outcome, _ reply: SMTPReply?, _ mayReturn: Bool) {
        if mayReturn, lane.takeBack(load, from: self, now: reactor.now) { return }
        lane.end(load, outcome, reply: reply)
    }

    func closeWire() {
        if let wire { reactor.closing(wire.socket) }
        wire = nil
    }
}

extension SMTPEnd {
    fileprivate var reply: SMTPReply? {
        switch self {
        case .accepted(let reply), .refused(let reply, _): reply
        case .impossible: nil
        }
    }
}

extension SMTPFailure {
    fileprivate var reply: SMTPReply? { if case .refused(let reply, _) = self { reply } else { nil } }
}
