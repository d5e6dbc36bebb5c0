import Domain
private import Synchronization

/// A provider in the process that sends nothing and answers as if it had. One batch is one call.
package struct SandboxProvider: Provider {
    package let name: String
    private let behaviour: SandboxBehaviour
    private let clock: any Clock<Duration>
    private let elapsed: @Sendable () -> Duration
    private let limit: RateLimit?

    /// A clock of the caller's choice makes latency and rate limits testable without waiting.
    package init<C: Clock<Duration>>(
        name: String = "sandbox", settings: SandboxSettings = SandboxSettings(), clock: C = ContinuousClock()
    ) {
        self.name = name
        self.clock = clock
        behaviour = SandboxBehaviour(settings)
        let start = clock.now
        elapsed = { start.duration(to: clock.now) }
        limit = settings.ratePerSecond.map { RateLimit(perSecond: $0) }
    }

    package func send(_ batch: borrowing MessageBatch, witness: any CallWitness) async -> [Outcome] {
        let count = batch.messages.count
        guard count > 0 else { return [] }
        let first = batch.messages[0]
        let startedAt = Timestamp.now
        let started = elapsed()
        witness.began()
        let latency = behaviour.latency(id: first.id, attempt: Int(first.attempt))
        if latency > .zero { try? await clock.sleep(for: latency) }
        let leave = witness.leave()
        let outcomes =
            leave == .granted ? answer(batch) : Array(repeating: .notSent(reason: leave.reason), count: count)
        // Said as a provider over HTTP says it: a batch was answered if any of its messages was.
        let isAnswered = leave == .granted && outcomes.contains { $0.kind != .inDoubt }
        witness.ended(
            ProviderCall(
                places: 0..<count, startedAt: startedAt, duration: elapsed() - started, status: isAnswered ? 200 : 0,
                kind: outcomes.lazy.map(\.kind).max() ?? .sent))
        return outcomes
    }

    private func answer(_ batch: borrowing MessageBatch) -> [Outcome] {
        let count = batch.messages.count
        var granted = count
        if let limit { granted = limit.take(count, now: elapsed()) }
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(count)
        let bytes = batch.bytes.span
        for index in 0..<count {
            let message = batch.messages[index]
            guard index < granted else {
                let wait = limit?.wait(for: index - granted + 1) ?? .zero
                outcomes.append(.throttled(after: wait))
                continue
            }
            let verdict = behaviour.verdict(
                to: bytes.extracting(message.to.range), id: message.id, attempt: Int(message.attempt))
            outcomes.append(outcome(verdict, message))
        }
        return outcomes
    }

    private func outcome(_ verdict: SandboxVerdict, _ message: MessageBatch.Message) -> Outcome {
        switch verdict {
        case .accepted:
            .sent(
                reference: SandboxReference.text(UInt64(bitPattern: message.id.rawValue)),
                cost: behaviour.price(segments: Int(message.segments)))
        case .permanent:
            .permanent(reason: "the sandbox refused it")
        case .temporary, .temporaryOnce, .redirect:
            .temporary(reason: "the sandbox refused it for now")
        case .throttled, .throttledOnce:
            .throttled(after: behaviour.settings.retryAfter)
        case .inDoubt, .hang, .drip, .serverError, .garbage, .truncated, .reset, .late, .oversize:
            .inDoubt(reason: "the sandbox gave no usable answer")
        }
    }
}

/// The bucket that all batches of one sandbox share.
private final class RateLimit: Sendable {
    private let bucket: Mutex<TokenBucket>

    init(perSecond: Int) { bucket = Mutex(TokenBucket(perSecond: perSecond, now: .zero)) }

    func take(_ wanted: Int, now: Duration) -> Int { bucket.withLock { $0.take(wanted, now: now) } }
    func wait(for count: Int) -> Duration { bucket.withLock { $0.wait(for: count) } }
}
