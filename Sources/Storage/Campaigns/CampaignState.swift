/// Where a campaign stands.
///
/// draft -> scheduled | running | cancelling; scheduled -> running | held | cancelling; held -> running (resume) | cancelling;
/// running <-> paused; running | paused -> cancelling | finished; cancelling -> cancelled. A restore from a backup moves all
/// that could still send to restored; its confirmation moves them back, or to cancelling.
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
    /// Came back from a backup: waits for `herald restore confirm`.
    case restored
    case cancelled

    package var isOver: Bool { self == .finished || self == .cancelled }
}
