import Domain

/// The inside of an SMTP loop: all connections, driven by the events of one epoll set, and one clock for all their
/// time limits. Lives and dies on the loop's thread.
final class SMTPReactor {
    let epoll: EpollSet
    private let inbox: LoopInbox<SMTPLoop.Command>
    private var lanes: [ObjectIdentifier: SMTPLane] = [:]
    private var all: [ObjectIdentifier: SMTPConnection] = [:]
    /// By descriptor.
    private var connections: [SMTPConnection?] = Array(repeating: nil, count: 256)
    /// When the earliest time limit may be over. Limits move on without a word; the scan then finds nothing.
    private var due = Int64.max
    private(set) var now: Int64 = 0
    private let origin = ContinuousClock.now
    /// What a read from a socket and a decryption go into, shared by all connections.
    let room = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 32_768)
    let clearRoom = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 32_768)

    /// How soon what waits for a first connection is asked whether it still may be sent.
    private static let leaveInterval: Int64 = 100

    init?(inbox: LoopInbox<SMTPLoop.Command>) {
        guard let epoll = EpollSet(inbox: inbox.descriptor) else { return nil }
        self.epoll = epoll
        self.inbox = inbox
    }

    deinit {
        room.deallocate()
        clearRoom.deallocate()
    }

    /// Until the inbox is closed.
    func run() {
        while true {
            now = milliseconds()
            guard takeCommands() else { break }
            if now >= due { scan() }
            epoll.wait(milliseconds: due == .max ? -1 : Int32(clamping: max(due - now, 0))) { socket, _ in
                guard Int(socket) < connections.count, let connection = connections[Int(socket)] else { return }
                now = milliseconds()
                connection.stirred()
                dispatch(connection.lane)
            }
        }
        stop()
    }

    /// False once the inbox is closed.
    private func takeCommands() -> Bool {
        let (commands, isClosed) = inbox.take()
        for command in commands {
            switch command {
            case .send(let job):
                let lane = lane(job.endpoint)
                lane.add(job)
                dispatch(lane)
            case .resolved(let endpoint, let addresses):
                guard let lane = lanes[ObjectIdentifier(endpoint)] else { continue }
                lane.resolved(addresses, now: now)
                for connection in lane.connections { connection.resolved() }
                dispatch(lane)
            case .forget(let endpoint):
                guard let lane = lanes.removeValue(forKey: ObjectIdentifier(endpoint)) else { continue }
                for connection in lane.connections { connection.sayGoodbye() }
            }
        }
        return !isClosed
    }

    private func lane(_ endpoint: SMTPEndpoint) -> SMTPLane {
        if let lane = lanes[ObjectIdentifier(endpoint)] { return lane }
        let lane = SMTPLane(endpoint: endpoint)
        lanes[ObjectIdentifier(endpoint)] = lane
        return lane
    }

    /// Puts what waits on connections that are free, then on new ones.
    private func dispatch(_ lane: SMTPLane) {
        guard lane.hasWork else { return }
        for connection in lane.connections where connection.isIdle && lane.waiting > 0 { connection.fill() }
        while lane.mayDial(now: now), let load = lane.take() {
            let connection = SMTPConnection(lane: lane, reactor: self, load: load)
            lane.connections.append(connection)
            connection.dial()
        }
        for connection in lane.connections where connection.canTakeMore && lane.waiting > 0 { connection.fill() }
        if lane.waiting > 0, lane.underWay == 0 || !lane.connections.contains(where: { $0.isReady }) {
            wake(at: now + Self.leaveInterval)
        }
    }

    func resolve(_ lane: SMTPLane) {
        guard lane.beginResolving() else { return }
        let (endpoint, inbox) = (lane.endpoint, inbox)
        endpoint.lookup.ask(endpoint.config.host, endpoint.config.port) { addresses in
            inbox.put(.resolved(endpoint, addresses))
        }
    }

    // MARK: Connections and their sockets

    func add(_ connection: SMTPConnection) { all[ObjectIdentifier(connection)] = connection }

    func remove(_ connection: SMTPConnection) { all[ObjectIdentifier(connection)] = nil }

    func opened(_ socket: Int32, _ connection: SMTPConnection) {
        epoll.opened(socket)
        while connections.count <= Int(socket) { connections.append(contentsOf: repeatElement(nil, count: 256)) }
        connections[Int(socket)] = connection
    }

    func closing(_ socket: Int32) {
        epoll.closing(socket)
        connections[Int(socket)] = nil
    }

    // MARK: Time

    /// There is a time limit at this moment.
    func wake(at time: Int64) { due = min(due, time) }

    private func scan() {
        due = .max
        for connection in all.values where connection.deadline <= now { connection.timedOut() }
        for connection in all.values { due = min(due, connection.deadline) }
        for lane in lanes.values {
            if lane.waiting > 0, !lane.connections.contains(where: { $0.isReady }) { lane.askLeave() }
            dispatch(lane)
        }
    }

    private func stop() {
        for lane in lanes.values {
            lane.giveUp(.notSent(reason: ProviderReason.senderStopped))
        }
        for connection in all.values { connection.abort(ProviderReason.senderStopped) }
        lanes = [:]
    }

    /// Since the reactor was made.
    private func milliseconds() -> Int64 { origin.duration(to: .now).wholeMilliseconds }
}
