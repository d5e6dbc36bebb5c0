import Domain
import Senders

/// What the sandbox remembers and what it is told to do now. Guarded by its server's lock.
struct SandboxState {
    struct Decision {
        var verdict: SandboxVerdict
        /// Whose recipient brought the verdict about, where the call has several.
        var culprit = 0
        var reference: UInt64
        /// The call repeats one that was taken before, and was not sent again.
        var isReplay = false
        /// Which recipient of the server's life its first one is.
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

    /// One call and its recipients, of whom there is at least one. It has one answer: that of the first recipient who is
    /// not simply accepted. So a refused call sends to none of them, and the log says so of each.
    mutating func decide(_ group: [SandboxCall], now: Duration) -> Decision {
        let first = group[0]
        let key = group.count == 1 ? first.key : []
        var decision = Decision(
            verdict: .accepted, reference: UInt64(calls + 1), number: calls + 1,
            latency: behaviour.latency(id: first.messageID, attempt: first.attempt ?? 1), faults: faults)
        calls += group.count
        if isIdempotent, !key.isEmpty, let reference = references[key] {
            decision.reference = reference
            decision.isReplay = true
            replays += 1
            return decision
        }
        if let forced = takeMode() {
            decision.verdict = forced
        } else {
            for (place, call) in group.enumerated() {
                let found = verdict(call, call.messageID, now)
                if found != .accepted, decision.verdict == .accepted {
                    decision.verdict = found
                    decision.culprit = place
                }
            }
        }
        counts[decision.verdict, default: 0] += group.count
        if decision.verdict.isTaken {
            taken += group.count
            if isIdempotent, !key.isEmpty { references[key] = decision.reference }
        }
        return decision
    }

    /// What the sandbox is told to do whatever comes, counted down.
    private mutating func takeMode() -> SandboxVerdict? {
        guard let mode, modeCount != 0 else { return nil }
        modeCount = modeCount.map { $0 - 1 }
        return mode
    }

    private mutating func verdict(_ call: SandboxCall, _ id: MessageID, _ now: Duration) -> SandboxVerdict {
        if bucket != nil, bucket?.take(1, now: now) == 0 { return .throttled }
        let attempt = call.attempt ?? 1
        let verdict = behaviour.verdict(to: call.to.span, id: id, attempt: attempt)
        guard call.attempt == nil, verdict == .temporary || verdict == .throttled else { return verdict }
        return behaviour.verdict(to: call.to.span, id: id, attempt: refusedOnce.insert(id).inserted ? 1 : 2)
    }
}
