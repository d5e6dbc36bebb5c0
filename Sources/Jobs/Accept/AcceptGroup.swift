import Domain
import Ingest
import Storage

/// Requests that are committed together: their messages cut into shards by stream, due time and expiry, numbered, and sealed.
struct AcceptGroup: Sendable {
    /// A shard that is being filled.
    private struct Open {
        let id: Int64
        let stream: MessageStream
        let dueAt: Timestamp?
        let expiresAt: Timestamp
        let trace: TraceParent?
        let line: [UInt8]?
        var writer = ShardBodyWriter()
    }

    private struct Kind: Hashable {
        let stream: ObjectIdentifier
        let dueAt: Timestamp?
        let expiry: Submission.Expiry
        let trace: TraceParent?
    }

    /// A shard as it is stored and, if it is sent by this process, used.
    struct Filled: Sendable {
        var stored: AcceptedShard
        let stream: MessageStream
        let body: [UInt8]
        /// The line in which its only message stands.
        let line: [UInt8]?
    }

    /// What came of storing it: what each request is told, and the shards as they stand.
    struct Kept: Sendable {
        let acceptances: [Acceptance]
        let stored: [AcceptStore.Stored]
        let shards: [AcceptedShard]
    }

    /// A window's worth: what is opened at once is sent at once.
    static let capacity = 500
    /// How long one message of a line holds back the next while it is tried again.
    static let longestTurn: Duration = .seconds(60)
    /// Traces that have shards of their own in one commit: more would make it slow. What comes beyond goes untraced.
    static let mostTraces = 16

    let submissions: [Submission]
    private(set) var shards: [Filled] = []
    /// Where each shard stands among them.
    private var places: [Int64: Int] = [:]
    /// By submission, in the order of its messages.
    private(set) var ids: [[MessageID]] = []

    init(_ submissions: [Submission]) { self.submissions = submissions }

    /// Numbers all messages and makes the bodies.
    mutating func fill(now: Timestamp, sealer: BodySealer, keys: (Int64) async throws -> TenantKey) async throws {
        var open: [Kind: Int] = [:]
        var filling: [Open] = []
        var traces: Set<TraceParent> = []
        for submission in submissions {
            var trace = submission.trace
            if let own = trace, !traces.contains(own), traces.count == Self.mostTraces { trace = nil }
            if let trace { traces.insert(trace) }
            var numbers: [MessageID] = []
            numbers.reserveCapacity(submission.messages.count)
            for message in submission.messages {
                let kind = Kind(
                    stream: ObjectIdentifier(message.stream), dueAt: message.dueAt, expiry: message.expiry, trace: trace
                )
                // What waits for its turn must not hold up others.
                var place = message.line == nil ? open[kind] : nil
                if let known = place, filling[known].writer.count >= Self.capacity { place = nil }
                if place == nil {
                    let id = try await message.stream.nextShard()
                    filling.append(
                        Open(
                            id: id, stream: message.stream, dueAt: message.dueAt,
                            expiresAt: message.expiry.instant(due: message.dueAt ?? now),
                            trace: trace, line: message.line))
                    place = filling.count - 1
                    if message.line == nil { open[kind] = place }
                }
                guard let place else { continue }
                numbers.append(MessageID(shard: filling[place].id, index: filling[place].writer.count))
                filling[place].writer.add(message)
            }
            ids.append(numbers)
        }
        for shard in filling {
            let body = shard.writer.body(columns: shard.stream.content.columnCount)
            let sealed = sealer.seal(
                body, shard: shard.id, tenant: shard.stream.key.tenant, key: try await keys(shard.stream.key.tenant))
            places[shard.id] = shards.count
            shards.append(
                Filled(
                    stored: AcceptedShard(
                        id: shard.id, lane: shard.stream.key.lane, isOpen: false, dueAt: shard.dueAt,
                        expiresAt: shard.expiresAt, count: shard.writer.count, sealed: sealed, horizon: 0,
                        trace: shard.trace),
                    stream: shard.stream, body: body, line: shard.line))
        }
    }

    subscript(shard: Int64) -> Filled? { places[shard].map { shards[$0] } }

    /// To be opened by this process, which knows the policy as of then.
    mutating func open(_ place: Int, horizon: Int64) {
        shards[place].stored.isOpen = true
        shards[place].stored.horizon = horizon
    }

    /// Stores everything; returns what each request is told, and the shards as they stand.
    func store(
        _ taking: AcceptStore.Taking, worker: Int64, keep: Duration, now: Timestamp
    ) throws -> Kept {
        var shards = shards.map(\.stored)
        func leaveOut(_ message: MessageID) {
            if let place = places[message.shard] { shards[place].skip(message.index) }
        }

        var acceptances = zip(submissions, ids).map { submission, ids in
            Acceptance.accepted(submission.answer(ids.map { .accepted($0) }))
        }
        try settleKeys(taking, &acceptances, leaveOut)
        try settleRepetitions(taking, &acceptances, leaveOut)
        try taking.note(notes(acceptances))
        // A shard nobody is left in would only be work.
        var needed = shards.filter { shard in
            shard.skip.isEmpty || (0..<shard.count).contains { !shard.skip.isMarked($0) }
        }
        try takeTurns(taking, &needed, now)
        return Kept(
            acceptances: acceptances, stored: try taking.store(needed, worker: worker, keep: keep), shards: needed)
    }

    /// A key that was used before: the request gets its earlier answer, and its messages are left out.
    private func settleKeys(
        _ taking: AcceptStore.Taking, _ acceptances: inout [Acceptance], _ leaveOut: (MessageID) -> Void
    ) throws {
        var keyed: [AcceptStore.KeyedAnswer] = []
        for (submission, acceptance) in zip(submissions, acceptances) {
            guard let key = submission.key, case .accepted(let answer) = acceptance else { continue }
            keyed.append(AcceptStore.KeyedAnswer(tenant: submission.tenant, key: key, answer: answer))
        }
        for earlier in try taking.take(keyed) {
            guard let place = submissions.firstIndex(where: { $0.key?.key == earlier.key.key }) else { continue }
            if acceptances[place] == .accepted(earlier.answer), !ids[place].isEmpty {
                // Our own commit, whose answer was lost on the way.
                continue
            }
            acceptances[place] =
                submissions[place].key == earlier.key ? .answeredBefore(earlier.answer) : .keyHasOtherBody
            for message in ids[place] { leaveOut(message) }
        }
    }

    private func settleRepetitions(
        _ taking: AcceptStore.Taking, _ acceptances: inout [Acceptance], _ leaveOut: (MessageID) -> Void
    ) throws {
        var claims: [DedupeClaim] = []
        var first: [[UInt8]: MessageID] = [:]
        var repeated: [MessageID: MessageID] = [:]
        let now = Timestamp.now
        for (place, submission) in submissions.enumerated() {
            guard case .accepted = acceptances[place] else { continue }
            for (message, id) in zip(submission.messages, ids[place]) {
                guard let dedupe = message.dedupe else { continue }
                if let earlier = first[dedupe.key] {
                    repeated[id] = earlier
                } else {
                    first[dedupe.key] = id
                    claims.append(
                        DedupeClaim(key: dedupe.key, message: id, until: (message.dueAt ?? now) + dedupe.window))
                }
            }
        }
        guard !claims.isEmpty else { return }
        let lost = try taking.claim(claims)
        for claim in claims { if let earlier = lost[claim.key] { repeated[claim.message] = earlier } }
        guard !repeated.isEmpty else { return }
        for (place, submission) in submissions.enumerated() {
            guard case .accepted = acceptances[place] else { continue }
            var hasRepetition = false
            let verdicts = ids[place].map { id in
                guard var earlier = repeated[id] else { return Submission.Verdict.accepted(id) }
                // One that repeats a message of this group whose key was lost to an earlier one.
                if let before = repeated[earlier] { earlier = before }
                hasRepetition = true
                leaveOut(id)
                return .repeated(earlier)
            }
            guard hasRepetition else { continue }
            let answer = submission.answer(verdicts)
            acceptances[place] = .accepted(answer)
            if let key = submission.key { try taking.replace(answer, for: key) }
        }
    }

    /// Whoever stands behind another is due when that one has ended, and at the latest after a while.
    private func takeTurns(_ taking: AcceptStore.Taking, _ stored: inout [AcceptedShard], _ now: Timestamp) throws {
        var waiting: [Int64: Int] = [:]
        var lines: [AcceptStore.PlaceInLine] = []
        for (place, shard) in stored.enumerated() {
            guard let line = self[shard.id]?.line else { continue }
            waiting[shard.id] = place
            lines.append(AcceptStore.PlaceInLine(line: line, shard: shard.id))
        }
        for shard in try taking.takeTurns(lines) {
            guard let place = waiting[shard] else { continue }
            stored[place].wait(until: min(now + Self.longestTurn, stored[place].expiresAt))
        }
    }

    private func notes(_ acceptances: [Acceptance]) -> [MessageNote] {
        var notes: [MessageNote] = []
        for (place, submission) in submissions.enumerated() {
            guard case .accepted = acceptances[place] else { continue }
            for (message, id) in zip(submission.messages, ids[place]) {
                guard let note = message.note else { continue }
                notes.append(
                    MessageNote(
                        message: id, tenant: submission.tenant, source: submission.source, reference: note.reference,
                        sealed: note.sealed))
            }
        }
        return notes
    }
}

extension Submission.Expiry {
    fileprivate func instant(due: Timestamp) -> Timestamp {
        switch self {
        case .after(let time): due + time
        case .at(let instant): instant
        }
    }
}

extension ShardBodyWriter {
    fileprivate mutating func add(_ message: Submission.Message) {
        begin(line: count + 1, address: message.address, region: message.region, hash: message.hash)
        let text = message.cells.text.span
        for cell in message.cells.fields { field(text, cell) }
    }
}
