package import Senders

/// What became of a message, without the details.
package typealias OutcomeKind = Outcome.Kind

extension Outcome.Kind {
    package init(_ outcome: Outcome) { self = outcome.kind }
}
