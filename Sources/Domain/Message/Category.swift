/// What a message is for. The category decides priority, the opt-out rule and what a doubt leads to.
package enum Category: String, Sendable, Hashable, CaseIterable, Codable {
    case otp
    case transactional
    case alert
    case marketing

    /// What the database stores. Never renumbered.
    package var code: Int16 {
        switch self {
        case .otp: 1
        case .transactional: 2
        case .alert: 3
        case .marketing: 4
        }
    }

    package init?(code: Int64) {
        guard let match = Self.allCases.first(where: { Int64($0.code) == code }) else { return nil }
        self = match
    }

    /// Marketing never reaches somebody who opted out; the others carry what the person asked for.
    package var respectsOptOut: Bool { self == .marketing }

    package var deliveryMode: DeliveryMode { self == .marketing ? .atMostOnce : .atLeastOnce }

    /// How long after its due time a message still makes sense.
    package var defaultExpiry: Duration {
        switch self {
        case .otp: .seconds(600)
        case .alert: .seconds(4 * 3600)
        case .transactional: .seconds(72 * 3600)
        case .marketing: .seconds(48 * 3600)
        }
    }

    package var defaultPriority: Priority {
        switch self {
        case .otp: .critical
        case .alert: .high
        case .transactional: .normal
        case .marketing: .low
        }
    }
}
