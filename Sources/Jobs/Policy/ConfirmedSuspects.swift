import Domain
import Storage

/// What SQL said within the last second of recipients whom the filter could not rule out, so that the windows of a shard
/// need not ask one by one. A suppression that came later is never overlooked: the window that is opened after it brings
/// the change, and the recipient is forgotten here before anybody is sent to. One that was lifted counts a second longer.
struct ConfirmedSuspects {
    /// What was asked: an answer for one channel or category is none for another.
    struct Kind: Hashable {
        let channel: Channel
        let category: Category
    }

    private struct Answer {
        let reason: SuppressionReason?
        let at: ContinuousClock.Instant
    }

    private var answers: [Kind: [RecipientHash: Answer]] = [:]
    /// Grows with each change: answers that were asked for before it may be older than it.
    private(set) var version = 0
    private static let lifetime: Duration = .seconds(1)
    private static let capacity = 50_000

    /// Who of these is suppressed; nil where one is not known well enough.
    func answers(
        to hashes: [RecipientHash], _ kind: Kind, now: ContinuousClock.Instant
    ) -> [RecipientHash: SuppressionReason]? {
        guard let known = answers[kind] else { return nil }
        var found: [RecipientHash: SuppressionReason] = [:]
        for hash in hashes {
            guard let answer = known[hash], answer.at.duration(to: now) < Self.lifetime else { return nil }
            if let reason = answer.reason { found[hash] = reason }
        }
        return found
    }

    /// Keeps what SQL said of all these, unless something changed since it was asked.
    mutating func keep(
        _ hashes: [RecipientHash], _ found: [RecipientHash: SuppressionReason], _ kind: Kind, since asked: Int,
        now: ContinuousClock.Instant
    ) {
        guard asked == version else { return }
        if answers[kind, default: [:]].count > Self.capacity { answers[kind] = [:] }
        for hash in hashes { answers[kind, default: [:]][hash] = Answer(reason: found[hash], at: now) }
    }

    mutating func forget(_ hashes: [RecipientHash]) {
        guard !hashes.isEmpty else { return }
        version += 1
        for kind in answers.keys {
            for hash in hashes { answers[kind]?[hash] = nil }
        }
    }

    mutating func forgetAll() {
        version += 1
        answers = [:]
    }
}
