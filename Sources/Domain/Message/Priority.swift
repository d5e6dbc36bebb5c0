/// The order in which work is taken up. Lower raw values go first.
package enum Priority: Int16, Sendable, Hashable, Comparable, CaseIterable {
    case critical = 0
    case high = 1
    case normal = 2
    case low = 3

    package static func < (a: Priority, b: Priority) -> Bool { a.rawValue < b.rawValue }

    /// The word that users write; `medium` is accepted for `normal`.
    package init?(word: String) {
        switch word {
        case "critical": self = .critical
        case "high": self = .high
        case "normal", "medium": self = .normal
        case "low": self = .low
        default: return nil
        }
    }

    package var word: String {
        switch self {
        case .critical: "critical"
        case .high: "high"
        case .normal: "normal"
        case .low: "low"
        }
    }
}
