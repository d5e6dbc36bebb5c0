/// What a report about a message makes of its state. Reports come late, twice and in any order: a state only ever
/// gives way to a higher one, so that the end is the same whatever the order.
///
/// unknown < sent < failed < undelivered < delivered < bounced < complained
///
/// A message that was rejected, cancelled or ran out of time was never handed over: no report can be about it.
package enum Transition {
    /// The state after the report; nil where it changes nothing.
    package static func next(from state: MessageState, report: MessageState) -> MessageState? {
        guard let now = rank(state), let then = rank(report), then > now else { return nil }
        return report
    }

    private static func rank(_ state: MessageState) -> Int? {
        switch state {
        case .rejected, .expired, .cancelled: nil
        case .unknown: 0
        case .sent: 1
        case .failed: 2
        case .undelivered: 3
        case .delivered: 4
        case .bounced: 5
        case .complained: 6
        }
    }
}
