import Domain

/// One connection to an SMSC and the session on it: kept up for as long as its account is there, for receipts may
/// come at any time. What broke is connected again: at once where a session had stood, later and later where none comes
/// about.
final class SMPPConnection {
    private enum Phase {
        case down(until: Int64)
        case resolving
        case connecting(rest: [SocketAddress])
        /// The session speaks for itself.
        case open
    }

    let number: Int
    private(set) var session: SMPPSession
    /// Why there is no session, since one was tried in vain.
    private(set) var failure: String?
    private let bind: UInt32
    private unowned let lane: SMPPLane
    private unowned let reactor: SMPPReactor
    private let config: SMPPConfig
    private var phase = Phase.down(until: .min)
    private var stream: (any ByteStream)?
    private var isStopped = false
    private var wantsWriting = false
    /// Which session it is: what was meant for an earlier one finds no reader.
    private var generation = 0
    private var connectDue = Int64.max
    private var reconnection: SMPPReconnection
    private var deliveries = 0
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    /// Deliveries that may wait for being stored; what comes beyond is asked for later.
    private static let deliveryLimit = 500

    init(number: Int, bind: UInt32, lane: SMPPLane, reactor: SMPPReactor) {
        self.number = number
        self.bind = bind
        self.lane = lane
        self.reactor = reactor
        config = lane.endpoint.config
        session = SMPPSession(config.session)
        reconnection = SMPPReconnection(longest: config.reconnectLimit.wholeMilliseconds)
    }

    var isSender: Bool { bind != SMPPCommand.bindReceiver }
    var isOpen: Bool { stream != nil }
    /// Failed, and not being tried again yet.
    var isDown: Bool {
        if case .down = phase { return failure != nil }
        return false
    }

    /// Whatever the time has brought, and what is to be written. Says when it wants to be called again.
    func advance(now: Int64) -> Int64 {
        switch phase {
        case .down(let until):
            if isStopped { return .max }
            if now < until { return until }
            connect(now: now)
        case .connecting where now >= connectDue:
            fail("\(ProviderReason.noConnection) (smpp: no connection in time)", now: now)
        case .resolving where now >= connectDue:
            fail("\(ProviderReason.noConnection) (smpp: no name look-up in time)", now: now)
        case .resolving, .connecting: break
        case .open:
            session.tick(now: now)
            takeEvents(now: now)
            flush(now: now)
        }
        switch phase {
        case .down(let until): return isStopped ? .max : until
        case .resolving, .connecting: return connectDue
        case .open: return session.nextTick(now: now)
        }
    }

    /// Its socket is ready.
    func ready(now: Int64) {
        switch phase {
        case .connecting(let rest): proceed(rest, now: now)
        case .open:
            read(now: now)
            flush(now: now)
        case .down, .resolving: break
        }
    }

    func submit(token: Int, now: Int64, _ body: (inout [UInt8]) -> Void) {
        session.submit(token: token, now: now, body)
    }

    func resolved(_ generation: Int, _ answer: HostLookup.Answer, now: Int64) {
        guard generation == self.generation, case .resolving = phase else { return }
        switch answer {
        case .failed(let why): fail("\(ProviderReason.noConnection) (smpp: \(why))", now: now)
        case .addresses(let all):
            let allowed = config.isInternal ? all : all.filter(\.isPublic)
            if allowed.isEmpty {
                let why =
                    all.isEmpty ? "the host has no address" : "the host has a private address; is it \"internal\"?"
                return fail("\(ProviderReason.noConnection) (smpp: \(why))", now: now)
            }
            begin(allowed, now: now)
        }
    }

    func acknowledge(_ generation: Int, sequence: UInt32, isData: Bool, stored: Bool) {
        guard generation == self.generation else { return }
        deliveries -= 1
        session.acknowledge(sequence: sequence, isData: isData, stored: stored)
    }

    /// Says goodbye; nothing is connected again.
    func stop(now: Int64) {
        isStopped = true
        guard case .open = phase else { return drop() }
        session.unbind(now: now)
        takeEvents(now: now)
        flush(now: now)
    }

    /// Closes whatever there is, at once.
    func drop() {
        isStopped = true
        session.lost("stopped")
        takeEvents(now: SMPPMoment.milliseconds())
        closeStream()
        phase = .down(until: .max)
    }

    private func connect(now: Int64) {
        generation += 1
        deliveries = 0
        var options = config.session
        options.bind = bind
        session = SMPPSession(options)
        connectDue = now + config.connectTimeout.wholeMilliseconds
        phase = .resolving
        let (inbox, number, generation) = (reactor.inbox, number, generation)
        HostLookup.addresses(of: config.host, port: config.port) { answer in
            inbox.put(.resolved(connection: number, generation: generation, answer))
        }
    }

    private func begin(_ addresses: [SocketAddress], now: Int64) {
        var rest = addresses
        let address = rest.removeFirst()
        guard let plain = PlainStream(to: address) else {
            return fail("\(ProviderReason.noConnection) (smpp: too many open files)", now: now)
        }
        if let tls = config.tls {
            guard let secure = TLSStream(over: plain, tls, host: config.host) else {
                plain.close()
                return fail("\(ProviderReason.noConnection) (smpp: out of memory)", now: now)
            }
            stream = secure
        } else {
            stream = plain
        }
        phase = .connecting(rest: rest)
        wantsWriting = true
        reactor.poller.add(plain.descriptor, key: number, reading: false, writing: true)
    }

    private func proceed(_ rest: [SocketAddress], now: Int64) {
        guard let stream else { return }
        switch stream.open() {
        case .done:
            phase = .open
            watch(writing: false)
            session.open(now: now)
            flush(now: now)
            // Something may have come in with the end of the handshake, of which the socket tells no more.
            read(now: now)
        case .wait(let reading, let writing):
            reactor.poller.change(stream.descriptor, key: number, reading: reading, writing: writing)
        case .ended: broke("the connection was closed", rest, now: now)
        case .failed(let how): broke(how, rest, now: now)
        }
    }

    private func broke(_ how: String, _ rest: [SocketAddress], now: Int64) {
        closeStream()
        if rest.isEmpty {
            fail("\(ProviderReason.noConnection) (smpp: \(how))", now: now)
        } else {
            begin(rest, now: now)
        }
    }

    private func fail(_ reason: String, now: Int64) {
        closeStream()
        failure = reason
        phase = .down(until: now + reconnection.pause())
    }

    private func closeStream() {
        guard let stream else { return }
        self.stream = nil
        reactor.poller.remove(stream.descriptor)
        stream.close()
    }

    private func read(now: Int64) {
        guard let stream else { return }
        var step: StreamStep
        repeat {
            step = buffer.withUnsafeMutableBytes { space in
                let step = stream.read(into: space)
                if case .done(let count) = step {
                    session.receive(UnsafeRawBufferPointer(rebasing: space[..<count]), now: now)
                }
                return step
            }
        } while step == .done(buffer.count)
        switch step {
        case .done, .wait: break
        case .ended: session.lost("the connection was closed")
        case .failed(let how): session.lost(how)
        }
        takeEvents(now: now)
    }

    private func flush(now: Int64) {
        while session.hasOutput, let stream {
            let step = session.output.withUnsafeBytes {
                stream.write(UnsafeRawBufferPointer(rebasing: $0[session.written...]))
            }
            switch step {
            case .done(let count): session.wrote(count)
            case .wait: return watch(writing: true)
            case .ended, .failed:
                // Answers may have arrived before it broke.
                read(now: now)
                session.lost("the connection was reset")
                return takeEvents(now: now)
            }
        }
        if stream != nil { watch(writing: false) }
    }

    private func watch(writing: Bool) {
        guard let stream, writing != wantsWriting else { return }
        wantsWriting = writing
        reactor.poller.change(stream.descriptor, key: number, reading: true, writing: writing)
    }

    private func takeEvents(now: Int64) {
        for event in session.takeEvents() {
            switch event {
            case .bound:
                reconnection.bound(now: now)
                failure = nil
            case .answered(let token, let status, let reference):
                lane.answered(token, status: status, reference: reference, now: now)
            case .unanswered(let token, let begun, let reason):
                lane.unanswered(token, begun: begun, reason: reason, now: now)
            case .delivery(let sequence, let isData, let pdu): deliver(sequence, isData, pdu)
            case .closed(let why): closed(why, now: now)
            }
        }
    }

    private func closed(_ why: SMPPClosing, now: Int64) {
        // What is left to say (an answer to an unbind) is said as far as the socket takes it.
        if session.hasOutput, let stream {
            _ = session.output.withUnsafeBytes {
                stream.write(UnsafeRawBufferPointer(rebasing: $0[session.written...]))
            }
        }
        if isStopped {
            closeStream()
            phase = .down(until: .max)
        } else if reconnection.ended(now: now) {
            closeStream()
            phase = .down(until: now)
        } else {
            fail(why.reason, now: now)
        }
    }

    private func deliver(_ sequence: UInt32, _ isData: Bool, _ pdu: [UInt8]) {
        guard let sink = lane.endpoint.sink, deliveries < Self.deliveryLimit else {
            return session.acknowledge(sequence: sequence, isData: isData, stored: false)
        }
        deliveries += 1
        let callback = ProviderCallback(
            provider: lane.endpoint.name, receivedAt: .now, kind: SMPPReceipts.kind,
            contentType: SMPPReceipts.contentType(config), body: pdu)
        let (inbox, number, generation) = (reactor.inbox, number, generation)
        Task {
            let stored = await sink.receive(callback)
            inbox.put(
                .stored(
                    connection: number, generation: generation, sequence: sequence, isData: isData, stored))
        }
    }
}
