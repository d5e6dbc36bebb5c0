/// What is watched.
package enum AlertMeasure: String, Sendable, Hashable, CaseIterable {
    /// Messages of the API that were handed over. What a campaign's file brings was looked at by a person.
    case volume
    /// What those cost.
    case cost
    /// The part of all messages that failed or is in doubt.
    case failure
    /// The part of what was sent that is known to have arrived within an hour.
    case delivery
    /// How long providers take to answer.
    case latency

    package var isShare: Bool { self == .failure || self == .delivery }
}

/// What it is watched of.
package enum AlertDimension: String, Sendable, Hashable, CaseIterable {
    case tenant, source
    /// A source's messages to one country.
    case country
    /// A source's messages to one range of numbers.
    case prefix
    case provider

    /// Whether there is one source behind it, that could be paused.
    package var hasSource: Bool { self == .source || self == .country || self == .prefix }
}

/// Which way it may go wrong.
package enum AlertDirection: String, Sendable, Hashable, CaseIterable {
    case rise, fall
}
