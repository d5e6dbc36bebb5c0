import Domain

/// What the SMPP thread keeps for one account: its connections, the batches that wait, the messages under way. Messages
/// of all batches take turns, so that a large one does not hold up a small one.
final class SMPPLane {
    /// A message under way, in the words of the session a token: its place in the list and the part's number.
    private struct Call {
        var job: SMPPJob
        var index: Int
        var parts: SMPPParts
        var began: SMPPMoment
        var reference: UInt16
        var source: SMPPAddress
        /// Half a message is completed until then or not at all.
        var deadline: Int64
        var notBefore: Int64
    }

    let endpoint: SMPPEndpoint
    var connections: [SMPPConnection] = []
    private let config: SMPPConfig
    private var queue: [SMPPJob] = []
    private var turn = 0
    private var connectionTurn = 0
    private var calls: [Call?] = []
    private var free: [Int] = []
    /// Calls that have parts to submit.
    private var unfinished: [Int] = []
    private var text = SegmentedText()
    private var reference = UInt16.random(in: 0...UInt16.max)

    private static let partBits = 8
    private static let retryPause: Int64 = 250

    init(_ endpoint: SMPPEndpoint) {
        self.endpoint = endpoint
        config = endpoint.config
    }

    func take(_ job: SMPPJob, now: Int64) {
        guard config.isSender else {
            return job.abandon(.notSent(reason: "\(ProviderReason.noConnection) (smpp: this account only receives)"))
        }
        job.takenAt = now
        queue.append(job)
    }

    /// Lets connections and messages go as far as they go. Says when it wants to be called again.
    func advance(now: Int64) -> Int64 {
        for connection in connections { _ = connection.advance(now: now) }
        endOverdue(now: now)
        pump(now: now)
        var due = Int64.max
        // What was submitted is written here.
        for connection in connections { due = min(due, connection.advance(now: now)) }
        return queue.isEmpty && unfinished.isEmpty ? due : min(due, now + 50)
    }

    /// Nothing further is started.
    func stop(now: Int64) {
        for slot in unfinished { calls[slot]?.parts.stop(reason: ProviderReason.senderStopped) }
        for slot in unfinished { settle(slot) }
        unfinished = []
        abandonAll(.notSent(reason: ProviderReason.senderStopped))
        for connection in connections { connection.stop(now: now) }
    }

    /// All connections are closed: nothing that is left can go on.
    func end() {
        for slot in calls.indices where calls[slot] != nil {
            calls[slot]?.parts.stop(reason: ProviderReason.senderStopped)
            settle(slot)
        }
        connections = []
    }

    func answered(_ token: Int, status: UInt32, reference: String, now: Int64) {
        let (slot, part) = (token >> Self.partBits, token & 0xFF)
        if status == SMPPStatus.ok {
            calls[slot]?.parts.accepted(part, reference: reference)
        } else {
            calls[slot]?.parts.refused(part, status: status, kind: config.statuses[status] ?? SMPPStatus(status).kind)
            calls[slot]?.notBefore = now + Self.retryPause
        }
        settle(slot)
    }

    func unanswered(_ token: Int, begun: Bool, reason: String, now: Int64) {
        let (slot, part) = (token >> Self.partBits, token & 0xFF)
        calls[slot]?.parts.unanswered(part, begun: begun, reason: reason)
        settle(slot)
    }

    /// Ends a call that is over, and takes note of one that has parts to submit.
    private func settle(_ slot: Int) {
        guard let call = calls[slot] else { return }
        if let outcome = call.parts.outcome(throttleWait: config.throttleWait) {
            calls[slot] = nil
            free.append(slot)
            let status = outcome.kind == .sent ? SMPPStatus.ok : call.parts.status
            call.job.witness.ended(call.began.call(call.index..<call.index + 1, status: status, kind: outcome.kind))
            call.job.finish(call.index, outcome)
        } else if call.parts.part != nil, !unfinished.contains(slot) {
            unfinished.append(slot)
        }
    }

    private func pump(now: Int64) {
        guard !queue.isEmpty || !unfinished.isEmpty else { return }
        connectionTurn += 1
        for offset in 0..<connections.count {
            let connection = connections[(connectionTurn + offset) % connections.count]
            while connection.session.hasRoom(now: now) {
                if let slot = nextUnfinished(now: now) {
                    proceed(slot, on: connection, now: now)
                } else if let job = nextJob() {
                    start(job, on: connection, now: now)
                } else {
                    return
                }
            }
        }
    }

    private func nextJob() -> SMPPJob? {
        guard !queue.isEmpty, calls.count - free.count < min(config.concurrency, endpoint.allowedInFlight()) else {
            return nil
        }
        turn = (turn + 1) % queue.count
        return queue[turn]
    }

    private func nextUnfinished(now: Int64) -> Int? {
        unfinished.first { calls[$0]?.parts.isWaiting == false && now >= calls[$0]?.notBefore ?? .max }
    }

    private func start(_ job: SMPPJob, on connection: SMPPConnection, now: Int64) {
        let index = job.start()
        defer { if !job.canStart { queue.removeAll { $0 === job } } }
        let message = job.batch.messages[index]
        let buffer = job.batch.bytes
        let bytes = buffer.span
        guard SMPPAddress.isDestination(bytes.extracting(message.to.range)) else {
            return job.finish(index, .permanent(reason: "\(ProviderReason.invalidRecipient) (smpp: not a number)"))
        }
        guard let source = job.source(of: message) else {
            return job.finish(index, .permanent(reason: "\(ProviderReason.senderRefused) (smpp: the sender's form)"))
        }
        text.encode(bytes.extracting(message.text.range), joined: job.submit.joiningHeader)
        guard job.submit.fits(text) else {
            return job.finish(index, .permanent(reason: "\(ProviderReason.tooLarge) (smpp: too many parts)"))
        }
        let leave = job.witness.leave()
        guard leave == .granted else { return job.abandon(from: index, .notSent(reason: leave.reason)) }
        let count = job.submit.parts(segments: text.count)
        if count > 1 { reference &+= 1 }
        let call = Call(
            job: job, index: index, parts: SMPPParts(count: count), began: job.begin(), reference: reference,
            source: source, deadline: now + config.queueTimeout.wholeMilliseconds, notBefore: now)
        let slot = place(call)
        write(0, of: slot, call, on: connection, now: now)
        while connection.session.hasRoom(now: now), calls[slot]?.parts.isWaiting == false {
            proceed(slot, on: connection, now: now, isEncoded: true)
        }
        if count > 1 { settle(slot) }
    }

    /// Submits the next part of a message whose first has gone.
    private func proceed(_ slot: Int, on connection: SMPPConnection, now: Int64, isEncoded: Bool = false) {
        guard let call = calls[slot], let part = call.parts.part else { return }
        let leave = call.job.witness.leave()
        guard leave == .granted else {
            calls[slot]?.parts.stop(reason: leave.reason)
            return settle(slot)
        }
        if !isEncoded {
            let message = call.job.batch.messages[call.index]
            let buffer = call.job.batch.bytes
            text.encode(buffer.span.extracting(message.text.range), joined: call.job.submit.joiningHeader)
        }
        write(part, of: slot, call, on: connection, now: now)
    }

    private func write(_ part: Int, of slot: Int, _ call: Call, on connection: SMPPConnection, now: Int64) {
        calls[slot]?.parts.submitted(part)
        let (job, recipient) = (call.job, call.job.batch.messages[call.index].to)
        let place = SMPPSubmit.Part(number: part, count: call.parts.count, reference: call.reference)
        connection.submit(token: slot << Self.partBits | part, now: now) { out in
            job.submit.append(place, of: text, from: call.source, to: job.batch.bytes[recipient.range], into: &out)
        }
    }

    private func place(_ call: Call) -> Int {
        guard let slot = free.popLast() else {
            calls.append(call)
            return calls.count - 1
        }
        calls[slot] = call
        return slot
    }

    private func endOverdue(now: Int64) {
        unfinished.removeAll { calls[$0]?.parts.isWaiting ?? true }
        for slot in unfinished {
            guard let call = calls[slot], now >= call.deadline else { continue }
            calls[slot]?.parts.stop(reason: ProviderReason.timeOut)
            settle(slot)
        }
        guard !queue.isEmpty else { return }
        let senders = connections.filter(\.isSender)
        if senders.contains(where: \.session.isSender) {
            endAfter(config.queueTimeout, now: now, busy(senders))
        } else if senders.allSatisfy(\.isDown) {
            abandonAll(.notSent(reason: senders.first?.failure ?? ProviderReason.noConnection))
        } else {
            let moment = SMPPMoment.now
            for job in queue { job.waits(since: moment) }
            endAfter(
                config.connectTimeout, now: now,
                .notSent(reason: "\(ProviderReason.noConnection) (smpp: no session in time)"))
        }
    }

    private func busy(_ senders: [SMPPConnection]) -> Outcome {
        let isThrottled = senders.contains { $0.session.pace.limit < config.session.window }
        return isThrottled ? .throttled(after: config.throttleWait) : .notSent(reason: ProviderReason.providerBusy)
    }

    private func endAfter(_ limit: Duration, now: Int64, _ outcome: @autoclosure () -> Outcome) {
        let oldest = now - limit.wholeMilliseconds
        guard queue.contains(where: { $0.takenAt <= oldest }) else { return }
        let outcome = outcome()
        for job in queue where job.takenAt <= oldest { job.abandon(outcome) }
        queue.removeAll { !$0.canStart }
    }

    private func abandonAll(_ outcome: Outcome) {
        let jobs = queue
        queue = []
        for job in jobs { job.abandon(outcome) }
    }
}
