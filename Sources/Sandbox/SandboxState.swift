import Domain
import Senders

/// What the sandbox remembers and what it is told to do now. Guarded by its server's lock.
struct SandboxState {
    struct Decision {
        var verdict: SandboxVerdict
        var reference: UInt64
        /// The call repeats one that was taken before, and was not sent again.
        var isReplay = false
        /// Which call of the server's life this is.
        var number: Int
        var latency: Duration
        var faults: SandboxFaults
    }

    var behaviour: SandboxBehaviour
    var faults: SandboxFaults
    /// Overrides the behaviour for `modeCount` calls, or until it is changed where that is nil.
    var mode: SandboxVerdict?
    var modeCount: Int?
    private(set) var counts: [SandboxVerdict: Int] = [:]
    private(set) var calls = 0
    private(set) var taken = 0
    private(set) var replays = 0

    private let isIdempotent: Bool
    private var references: [[UInt8]: UInt64] = [:]
    /// Ids that a "once" fault has hit, for callers that do not count their attempts.
    private var refusedOnce: Set<MessageID> = []
    private var bucket: TokenBucket?

    init(_ options: SandboxOptions, now: Duration) {
        behaviour = SandboxBehaviour(options.settings)
        faults = options.faults
        isIdempotent = options.isIdempotent
        bucket = options.settings.ratePerSecond.map { TokenBucket(perSecond: $0, now: now) }
    }

    mutating func set(_ settings: SandboxSettings, now: Duration) {
        if settings.ratePerSecond != behaviour.settings.ratePerSecond {
            bucket = settings.ratePerSecond.map { TokenBucket(perSecond: $0, now: now) }
        }
        behaviour = SandboxBehaviour(settings)
    }

    mutating func decide(_ call: SandboxCall, now: Duration) -> Decision {
        calls += 1
        let id = call.messageID
        var decision = Decision(
            verdict: .accepted, reference: UInt64(calls), number: calls,
            latency: behaviour.latency(id: id, attempt: call.attempt ?? 1), faults: faults)
        if isIdempotent, !call.key.isEmpty, let reference = references[call.key] {
            decision.reference = reference
            decision.isReplay = true
            replays += 1
            return decision
        }
        decision.verdict = verdict(call, id, now)
        counts[decision.verdict, default: 0] += 1
        if decision.verdict.isTaken {
            taken += 1
            if isIdempotent, !call.key.isEmpty { references[call.key] = decision.reference }
        }
        return decision
    }

    private mutating func verdict(_ call: SandboxCall, _ id: MessageID, _ now: Duration) -> SandboxVerdict {
        if let mode, modeCount != 0 {
            modeCount = modeCount.map { $0 - 1 }
            return mode
        }
        if bucket != nil, bucket?.take(1, now: now) == 0 { return .throttled }
        let attempt = call.attempt ?? 1
        let verdict = behaviour.verdict(to: call.to.span, id: id, attempt: attempt)
        guard call.attempt == nil, verdict == .temporary || verdict == .throttled else { return verdict }
        return behaviour.verdict(to: call.to.span, id: id, attempt: refusedOnce.insert(id).inserted ? 1 : 2)
    }
}
