/// The inside of the SMPP thread: the accounts, their connections, one epoll set. Lives and dies on that thread.
final class SMPPReactor {
    let poller: SocketPoller
    let inbox: LoopInbox<SMPPLoop.Command>
    private var lanes: [ObjectIdentifier: SMPPLane] = [:]
    /// By number, which no two connections ever share.
    private var connections: [Int: SMPPConnection] = [:]
    private var lastNumber = 0
    private static let farewell: Int64 = 1_000

    init?(inbox: LoopInbox<SMPPLoop.Command>) {
        guard let poller = SocketPoller(waker: inbox.descriptor) else { return nil }
        self.poller = poller
        self.inbox = inbox
    }

    /// Until the inbox is closed.
    func run() {
        while takeCommands(now: SMPPMoment.milliseconds()) { turn(until: .max) }
        stop()
    }

    /// Lets everything go as far as it goes, then waits for sockets, a timer or a command.
    private func turn(until end: Int64) {
        let now = SMPPMoment.milliseconds()
        var due = end
        for lane in lanes.values { due = min(due, lane.advance(now: now)) }
        let wait = due == .max ? -1 : Int32(clamping: max(due - SMPPMoment.milliseconds(), 0))
        poller.wait(milliseconds: wait) { key in
            connections[key]?.ready(now: SMPPMoment.milliseconds())
        }
    }

    /// False once the inbox is closed.
    private func takeCommands(now: Int64) -> Bool {
        let (commands, isClosed) = inbox.take()
        for command in commands {
            switch command {
            case .open(let endpoint): _ = lane(endpoint, now: now)
            case .send(let job): lane(job.endpoint, now: now).take(job, now: now)
            case .forget(let endpoint):
                guard let lane = lanes.removeValue(forKey: ObjectIdentifier(endpoint)) else { continue }
                lane.stop(now: now)
                for connection in lane.connections {
                    connection.drop()
                    connections[connection.number] = nil
                }
                lane.end()
            case .resolved(let number, let generation, let answer):
                connections[number]?.resolved(generation, answer, now: now)
            case .stored(let number, let generation, let sequence, let isData, let stored):
                connections[number]?.acknowledge(generation, sequence: sequence, isData: isData, stored: stored)
            }
        }
        return !isClosed
    }

    private func lane(_ endpoint: SMPPEndpoint, now: Int64) -> SMPPLane {
        if let lane = lanes[ObjectIdentifier(endpoint)] { return lane }
        let lane = SMPPLane(endpoint)
        for _ in 0..<endpoint.config.connections {
            for bind in endpoint.config.bind.commands {
                lastNumber += 1
                let connection = SMPPConnection(number: lastNumber, bind: bind, lane: lane, reactor: self)
                connections[lastNumber] = connection
                lane.connections.append(connection)
            }
        }
        lanes[ObjectIdentifier(endpoint)] = lane
        return lane
    }

    private func stop() {
        let end = SMPPMoment.milliseconds() + Self.farewell
        for lane in lanes.values { lane.stop(now: end - Self.farewell) }
        while connections.values.contains(where: \.isOpen), SMPPMoment.milliseconds() < end {
            // Receipts that were stored meanwhile are still acknowledged.
            _ = takeCommands(now: SMPPMoment.milliseconds())
            turn(until: end)
        }
        for connection in connections.values { connection.drop() }
        for lane in lanes.values { lane.end() }
    }
}
