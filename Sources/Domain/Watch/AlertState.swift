/// Whether a trouble goes on: it begins at the whole threshold and ends below half of it, and only after it has been gone
/// for a while, so that one that comes and goes is one trouble.
package struct AlertState: Sendable, Hashable {
    /// How long it must be gone.
    package static let patience: Duration = .seconds(1800)

    package enum Change: Sendable, Hashable {
        case none, opened, goesOn, closed
    }

    /// `seenAt` is when an open one was last found; nil where there is none open.
    package static func change(_ verdict: AlertJudge.Verdict, seenAt: Timestamp?, now: Timestamp) -> Change {
        guard let seenAt else { return verdict.score >= 1 ? .opened : .none }
        if verdict.score >= 0.5 { return .goesOn }
        return now - seenAt >= patience ? .closed : .none
    }
}
