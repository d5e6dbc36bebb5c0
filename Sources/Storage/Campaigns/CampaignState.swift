/// Where a campaign stands.
///
/// draft -> scheduled | running | cancelling; scheduled -> running | held | cancelling; held -> running (resume) | cancelling;
/// running <-> paused; running | paused -> cancelling | finished; cancelling -> cancelled.
package enum CampaignState: String, Sendable, Hashable, CaseIterable {
    /// Made by the API and not started; it may have no recipients yet.
    case draft
    case scheduled
    /// Overdue beyond its limit: waits for a person.
    case held
    case running
    case paused
    /// What was not sent is being written off.
    case cancelling
    case finished
    case cancelled

    package var isOver: Bool { self == .finished || self == .cancelled }
}
