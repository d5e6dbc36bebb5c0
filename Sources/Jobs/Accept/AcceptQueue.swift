import Domain
import Storage
import Synchronization

/// Takes requests in: what arrives while a commit is under way shares the next one. A request is answered once it is
/// committed, not before; what came in small is then sent at once by this process.
package final class AcceptQueue: Sendable {
    /// Why nothing was taken in.
    package enum Refusal: Error, Sendable, Hashable {
        /// More waits than this process holds: nothing of the request is kept.
        case isFull
        case isClosed
    }

    package struct Limits: Sendable {
        /// Messages that may wait for their commit.
        package var waiting = 200_000
        /// About so many messages are committed together: a commit's time is everybody's waiting time.
        package var together = 500
        /// How long a commit is tried while the database is away.
        package var patience: Duration = .seconds(5)
        /// How long after its expiry a message's content is kept.
        package var keep: Duration = .seconds(7 * 86_400)

        package init() {}

        /// Under overload low is turned away first, then normal, then high.
        func room(for priority: Priority) -> Int {
            switch priority {
            case .critical: waiting
            case .high: waiting / 10 * 9
            case .normal: waiting / 4 * 3
            case .low: waiting / 2
            }
        }
    }

    private struct Waiting {
        let submission: Submission
        let arrivedAt: Timestamp
        let continuation: CheckedContinuation<Acceptance, any Error>
    }

    private struct State {
        var line = FairLine<Waiting>()
        /// Keys of requests that are on their way.
        var busy: Set<[UInt8]> = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let bell = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    private let store: AcceptStore
    private let lane: (any SendingLane)?
    private let sendsAtOnce: Bool
    private let keys: @Sendable (Int64) async throws -> TenantKey
    private let limits: Limits
    private let metrics: JobMetrics
    private let now: @Sendable () -> Timestamp

    /// `lane` sends messages in this process as they are committed, unless too much is on its way; without one, and where
    /// this queue is not to send at once, they wait for a worker.
    package init(
        store: AcceptStore, lane: (any SendingLane)?, sendsAtOnce: Bool = true, limits: Limits = Limits(),
        metrics: JobMetrics = JobMetrics(),
        now: @escaping @Sendable () -> Timestamp = { .now },
        keys: @escaping @Sendable (Int64) async throws -> TenantKey
    ) {
        self.store = store
        self.lane = lane
        self.sendsAtOnce = sendsAtOnce
        self.keys = keys
        self.limits = limits
        self.metrics = metrics
        self.now = now
    }

    /// Messages that wait for their commit.
    package var depth: Int { state.withLock { $0.line.weight } }

    /// Returns once the request is committed, or why it is not. Throws what the database says, and then nothing of
    /// the request was taken in, except after `connectionLost`: that leaves it open, and the same request under the
    /// same key finds out.
    package func take(_ submission: Submission, priority: Priority = .critical) async throws -> Acceptance {
        if let key = submission.key?.key {
            guard state.withLock({ $0.busy.insert(key).inserted }) else { return .keyIsBusy }
        }
        defer { if let key = submission.key?.key { state.withLock { _ = $0.busy.remove(key) } } }
        let arrivedAt = now()
        return try await withCheckedThrowingContinuation { continuation in
            let refusal: Refusal? = state.withLock { state in
                if state.isClosed { return .isClosed }
                let count = max(submission.messages.count, 1)
                let room = limits.room(for: priority)
                // Nobody alone takes all the room.
                if state.line.weight + count > room || state.line.weight(of: submission.tenant) + count > room / 2 {
                    return .isFull
                }
                state.line.add(
                    Waiting(submission: submission, arrivedAt: arrivedAt, continuation: continuation),
                    of: submission.tenant, weight: count)
                return nil
            }
            if let refusal { continuation.resume(throwing: refusal) } else { bell.continuation.yield() }
        }
    }

    /// Works until closed; what was taken before is still committed.
    package func run() async {
        let sealer = BodySealer()
        for await _ in bell.stream {
            while true {
                let batch = next()
                if batch.isEmpty { break }
                await commit(batch, sealer)
            }
            if state.withLock({ $0.isClosed && $0.line.isEmpty }) { break }
        }
    }

    package func close() {
        state.withLock { $0.isClosed = true }
        bell.continuation.yield()
    }

    private func next() -> [Waiting] { state.withLock { $0.line.take(limits.together) } }

    private func commit(_ batch: [Waiting], _ sealer: BodySealer) async {
        do {
            // For all of them: whoever came first waited longest.
            let arrivedAt = batch.map(\.arrivedAt).min() ?? now()
            let acceptances = try await accept(batch.map(\.submission), arrivedAt: arrivedAt, sealer)
            for (waiting, acceptance) in zip(batch, acceptances) { waiting.continuation.resume(returning: acceptance) }
        } catch let error as StorageError where batch.count > 1 && !error.mayPass {
            // One that the database refuses must not take the others with it.
            for waiting in batch { await commit([waiting], sealer) }
        } catch {
            for waiting in batch { waiting.continuation.resume(throwing: error) }
        }
    }

    private func accept(
        _ submissions: [Submission], arrivedAt: Timestamp, _ sealer: BodySealer
    ) async throws -> [Acceptance] {
        var group = AcceptGroup(submissions)
        try await group.fill(now: now(), sealer: sealer, keys: keys)
        let turn = sendsAtOnce ? lane?.turn() : nil
        let opened = await turn?.open(&group) ?? [:]
        let filled = group
        let accepted = now()
        turn?.held.insert(Array(opened.keys))
        func leave(_ shard: Int64) {
            guard let key = opened[shard]?.key else { return }
            turn?.held.remove(shard)
            turn?.giveBack(key.lane, key.tenant)
        }
        let kept: AcceptGroup.Kept
        do {
            kept = try await persistently {
                try await store.transaction { taking in
                    try filled.store(taking, worker: turn?.worker ?? 0, keep: limits.keep, now: accepted)
                }
            }
        } catch {
            for shard in opened.keys { leave(shard) }
            throw error
        }
        // One in which everything turned out to be a repetition was not stored.
        let shards = Dictionary(uniqueKeysWithValues: kept.shards.map { ($0.id, $0) })
        let known = Set(kept.stored.map(\.shard))
        for shard in opened.keys where !known.contains(shard) { leave(shard) }
        var isWaited = false
        for stored in kept.stored {
            guard let grant = stored.grant, let own = opened[stored.shard], let shard = shards[stored.shard],
                let body = filled[stored.shard]?.body
            else {
                isWaited = true
                leave(stored.shard)
                continue
            }
            turn?.send(own, shard, body: body, grant: grant, readyAt: arrivedAt)
        }
        if isWaited { lane?.wakeWorkers() }
        count(kept, of: filled)
        return kept.acceptances
    }

    private func count(_ kept: AcceptGroup.Kept, of group: AcceptGroup) {
        for shard in kept.shards {
            guard let key = group[shard.id]?.stream.key else { continue }
            metrics.accepted(shard.count - shard.skip.markCount, channel: key.channel, category: key.category)
        }
    }

    /// The numbers are known before, so that the same may be stored again by somebody who does not know whether it was.
    private func persistently<T: Sendable>(_ body: () async throws -> T) async throws -> T {
        let deadline = ContinuousClock.now + limits.patience
        while true {
            do {
                return try await body()
            } catch let error as StorageError where error.mayBeStored && ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}

extension SendingTurn {
    /// Opens what may be sent at once. What has low priority waits for its turn in any case.
    fileprivate func open(_ group: inout AcceptGroup) async -> [Int64: OpenedShard] {
        var opened: [Int64: OpenedShard] = [:]
        for place in group.shards.indices {
            let shard = group.shards[place]
            let key = shard.stream.key
            guard key.priority < .low, shard.stored.dueAt == nil, reserve(key.lane, key.tenant) else { continue }
            guard let context = await context(shard.stored.id >> 24) else {
                giveBack(key.lane, key.tenant)
                continue
            }
            opened[shard.stored.id] = OpenedShard(key: key, context: context)
            group.open(place, horizon: context.policy.horizon)
        }
        return opened
    }
}

extension StorageError {
    /// Whether trying again at once is right: the commit's answer was lost, or another transaction was in the way.
    fileprivate var mayBeStored: Bool {
        switch self {
        case .connectionLost, .serializationFailure: true
        default: false
        }
    }
}
