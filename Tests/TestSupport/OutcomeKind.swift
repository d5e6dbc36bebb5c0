package import Senders

/// What became of a message, without the details.
package enum OutcomeKind: Sendable {
    case sent, throttled, temporary, permanent, inDoubt, notSent

    package init(_ outcome: Outcome) {
        switch outcome {
        case .sent: self = .sent
        case .throttled: self = .throttled
        case .temporary: self = .temporary
        case .permanent: self = .permanent
        case .inDoubt: self = .inDoubt
        case .notSent: self = .notSent
        }
    }
}
