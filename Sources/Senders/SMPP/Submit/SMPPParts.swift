/// How far a message has come, all its parts together, and what that makes of it.
///
/// It is `sent` only when every part was taken. A part that was refused for now is submitted again while others were
/// taken, so that half a message is not left lying; where none was taken, nothing was sent, and the message goes back
/// to its owner. Once a part was refused for good, or may have been taken without an answer, no further part goes out.
struct SMPPParts {
    private enum End {
        case permanent(String)
        case inDoubt(String)
        /// Nothing more may be written.
        case stopped(String)
    }

    private enum Setback {
        case throttled
        case temporary(String)
        case notSent(String)

        var reason: String {
            switch self {
            case .throttled: ProviderReason.rateLimited
            case .temporary(let reason), .notSent(let reason): reason
            }
        }
    }

    let count: Int
    /// The last status that was no success.
    private(set) var status: UInt32 = 0
    /// By part; of a single part, the one.
    private(set) var references: [String] = []
    private var next = 0
    private var again: [Int] = []
    private var underWay = 0
    private var taken = 0
    private var end: End?
    private var setback: Setback?

    init(count: Int) {
        self.count = count
        if count > 1 { references = Array(repeating: "", count: count) }
    }

    /// The part to submit now; nil where there is none, or where answers must come first.
    var part: Int? {
        guard end == nil, setback == nil || taken > 0 else { return nil }
        return again.last ?? (next < count ? next : nil)
    }

    /// Whether it only waits for answers, or is over.
    var isWaiting: Bool { part == nil }
    var hasBegun: Bool { next > 0 }

    mutating func submitted(_ part: Int) {
        underWay += 1
        if again.last == part { again.removeLast() } else { next = max(next, part + 1) }
    }

    mutating func accepted(_ part: Int, reference: String) {
        underWay -= 1
        taken += 1
        if count > 1 { references[part] = reference } else { references = [reference] }
    }

    mutating func refused(_ part: Int, status: UInt32, kind: SMPPStatus.Kind) {
        underWay -= 1
        self.status = status
        let reason = SMPPStatus.reason(status)
        switch kind {
        case .permanent: stop(.permanent(reason))
        case .throttled: setBack(part, .throttled)
        case .temporary: setBack(part, .temporary(reason))
        }
    }

    mutating func unanswered(_ part: Int, begun: Bool, reason: String) {
        underWay -= 1
        if begun { stop(.inDoubt(reason)) } else { setBack(part, .notSent(reason)) }
    }

    /// No further part may be written.
    mutating func stop(reason: String) { stop(.stopped(reason)) }

    /// What it ends as; nil while answers are missing or parts are to be submitted.
    func outcome(throttleWait: Duration) -> Outcome? {
        guard underWay == 0 else { return nil }
        if taken == count { return .sent(reference: SMPPReference.joined(references), cost: nil) }
        switch end {
        case .inDoubt(let reason): return .inDoubt(reason: partly(reason))
        case .permanent(let reason): return .permanent(reason: partly(reason))
        case .stopped(let reason):
            return taken > 0 ? .inDoubt(reason: partly(reason)) : untouched(throttleWait) ?? .notSent(reason: reason)
        case nil: return taken > 0 ? nil : untouched(throttleWait)
        }
    }

    private mutating func setBack(_ part: Int, _ why: Setback) {
        again.append(part)
        setback = why
    }

    private mutating func stop(_ why: End) {
        // A doubt outweighs a refusal: something may be out beyond what is known to be.
        if case .inDoubt = end { return }
        if case .permanent = end, case .stopped = why { return }
        end = why
    }

    private func untouched(_ throttleWait: Duration) -> Outcome? {
        switch setback {
        case .throttled: .throttled(after: throttleWait)
        case .temporary(let reason): .temporary(reason: reason)
        case .notSent(let reason): .notSent(reason: reason)
        case nil: nil
        }
    }

    private func partly(_ reason: String) -> String {
        taken > 0 ? "\(reason), \(taken) of \(count) parts were taken" : reason
    }
}
