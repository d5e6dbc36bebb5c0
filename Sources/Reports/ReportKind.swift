/// What a report is about.
package enum ReportKind: String, Sendable, Hashable, CaseIterable {
    /// Volume and cost, as finance reads them.
    case cost
    /// What became of what was sent.
    case delivery
    /// What was not sent, is in doubt, or was given up.
    case exceptions
}
