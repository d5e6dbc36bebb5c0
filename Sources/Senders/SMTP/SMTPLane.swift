/// One provider's connections on a loop, the batches that wait for them, and what is known of its host.
///
/// A connection is dialled for a message, not ahead of one. Where a connection comes to its end before the message on
/// it can have left, and there is hope of a better one, the message goes back to wait: a server may close a connection
/// after any number of messages, or take no more than two connections, which is no fault of the message. Where the last
/// connection that was being set up fails, everything that waits ends at once with the reason: five hundred log-ins
/// with a wrong password would lock the account.
final class SMTPLane {
    let endpoint: SMTPEndpoint
    var connections: [SMTPConnection] = []
    private var jobs: [SMTPJob] = []
    private var returned: [SMTPLoad] = []
    private var turn = 0
    private var addresses: [SocketAddress] = []
    private var resolvedAt = Int64.min
    private var isResolving = false
    /// Messages that were taken up and have no outcome yet.
    private(set) var underWay = 0
    /// The server refused one more connection than it had; until then there are enough.
    private var enoughUntil = Int64.min

    private static let addressLife: Int64 = 60_000
    private static let enoughTime: Int64 = 5_000
    private static let mostReturns = 3

    init(endpoint: SMTPEndpoint) { self.endpoint = endpoint }

    var waiting: Int { jobs.reduce(returned.count) { $0 + $1.waiting } }
    var hasWork: Bool { !jobs.isEmpty }

    func add(_ job: SMTPJob) { jobs.append(job) }

    /// A message to send now: one of each batch in turn, so that a large one does not hold up a small one.
    func take() -> SMTPLoad? {
        while let load = returned.popLast() {
            let leave = load.job.witness.leave()
            if leave == .granted { return load }
            end(load, .notSent(reason: leave.reason))
        }
        guard underWay < endpoint.allowedInFlight() else { return nil }
        for _ in 0..<jobs.count {
            guard !jobs.isEmpty else { break }
            turn = (turn + 1) % jobs.count
            let job = jobs[turn]
            if let load = job.start() {
                underWay += 1
                return load
            }
            resumeIfFinished(job)
        }
        return nil
    }

    func end(_ load: SMTPLoad, _ outcome: Outcome, reply: SMTPReply? = nil) {
        underWay -= 1
        load.job.finish(load, outcome, reply: reply)
        resumeIfFinished(load.job)
    }

    /// A message came back from a connection that is at its end. False where it must end with it.
    func takeBack(_ load: SMTPLoad, from connection: SMTPConnection, now: Int64) -> Bool {
        let hasOthers = connections.contains { $0 !== connection }
        guard load.returns < Self.mostReturns, connection.hasDelivered || hasOthers else { return false }
        if !connection.hasDelivered { enoughUntil = now + Self.enoughTime }
        var load = load
        load.returns += 1
        returned.append(load)
        return true
    }

    /// No connection can be set up: what waits need not try the same.
    func giveUp(_ outcome: Outcome) {
        let back = returned
        returned = []
        for load in back { end(load, outcome) }
        for job in jobs { job.abandon(outcome) }
        for job in jobs { resumeIfFinished(job) }
    }

    /// Ends what waits where its witness no longer gives leave, while there is no connection that would ask.
    func askLeave() {
        for job in jobs where job.waiting > 0 {
            let leave = job.witness.leave()
            guard leave != .granted else { continue }
            job.abandon(.notSent(reason: leave.reason))
            resumeIfFinished(job)
        }
    }

    private func resumeIfFinished(_ job: SMTPJob) {
        guard job.isFinished else { return }
        jobs.removeAll { $0 === job }
        job.resume()
    }

    // MARK: Connections

    func mayDial(now: Int64) -> Bool {
        guard connections.count < endpoint.config.connections, waiting > 0 else { return false }
        return now >= enoughUntil || connections.isEmpty
    }

    // MARK: Addresses

    func knownAddresses(now: Int64) -> [SocketAddress]? {
        now - Self.addressLife < resolvedAt ? addresses : nil
    }

    /// True where the name has to be asked for now.
    func beginResolving() -> Bool {
        defer { isResolving = true }
        return !isResolving
    }

    func resolved(_ found: [SocketAddress]?, now: Int64) {
        isResolving = false
        addresses = found ?? []
        // A failure is not kept: the next dial asks again.
        resolvedAt = found == nil ? .min : now
    }
}
