/// What a key may do, whoever holds it. What its source may send, by which channel and where to, is a question of the
/// source's permitted uses besides.
package enum Scope: String, Sendable, Hashable, CaseIterable {
    case sendOTP = "send:otp"
    case sendTransactional = "send:transactional"
    case sendAlert = "send:alert"
    case sendMarketing = "send:marketing"
    /// Besides the category's: who may overtake everybody else must have been trusted with it.
    case priorityCritical = "priority:critical"
    /// All messages of the tenant; those of its own source any key may read that may send.
    case messagesRead = "messages:read"
    /// Whole addresses, and texts as they were sent. Not part of `admin`: each look is asked for, and written down.
    case messagesUnmask = "messages:unmask"
    /// All that is held of a person, whole addresses and texts with it. Not part of `admin` either, and written down.
    case personsRead = "persons:read"
    case campaignsRead = "campaigns:read"
    case campaignsWrite = "campaigns:write"
    case templatesRead = "templates:read"
    case templatesWrite = "templates:write"
    case templatesApprove = "templates:approve"
    case preferencesRead = "preferences:read"
    case preferencesWrite = "preferences:write"
    case suppressionsRead = "suppressions:read"
    case suppressionsWrite = "suppressions:write"
    case reportsRead = "reports:read"
    case sourcesRead = "sources:read"
    case sourcesWrite = "sources:write"
    case keysRead = "keys:read"
    case keysWrite = "keys:write"
    case providersRead = "providers:read"
    case providersWrite = "providers:write"
    case routesRead = "routes:read"
    case routesWrite = "routes:write"
    case deadLettersRead = "deadletters:read"
    case deadLettersWrite = "deadletters:write"
    case webhooksRead = "webhooks:read"
    case webhooksWrite = "webhooks:write"
    case budgetsRead = "budgets:read"
    case budgetsWrite = "budgets:write"
    case auditRead = "audit:read"
    case alertsRead = "alerts:read"
    case alertsWrite = "alerts:write"
    /// The page of metrics, which tells of all tenants together: given by the operator alone, and not part of `admin`.
    case metricsRead = "metrics:read"
    /// Everything that manages the tenant, now and in later versions. It sends nothing.
    case admin

    package static func send(_ category: Category) -> Scope {
        switch category {
        case .otp: .sendOTP
        case .transactional: .sendTransactional
        case .alert: .sendAlert
        case .marketing: .sendMarketing
        }
    }

    /// The scopes that a word stands for: one, or with `keys:*` all of a group. Nil where there is none such.
    package static func named(_ word: String) -> [Scope]? {
        guard word.hasSuffix(":*") else { return Scope(rawValue: word).map { [$0] } }
        let group = allCases.filter { $0.rawValue.hasPrefix(word.dropLast()) }
        return group.isEmpty ? nil : group
    }

    /// It is about the installation, not about one tenant.
    var isOperators: Bool { self == .metricsRead }

    /// Part of `admin`.
    var isManagement: Bool { !sends && !isOperators && self != .priorityCritical && !showsPersons }

    /// It lets somebody see people whole.
    private var showsPersons: Bool { self == .messagesUnmask || self == .personsRead }

    var sends: Bool { rawValue.hasPrefix("send:") }

    /// Who may change something may look at it.
    var reading: Scope? {
        guard let colon = rawValue.firstIndex(of: ":"), !sends else { return nil }
        return Scope(rawValue: rawValue[...colon] + "read")
    }
}
