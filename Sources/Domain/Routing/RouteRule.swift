/// One routing rule as an administrator wrote it: which messages it is for, and through which providers they go.
///
/// A condition that is absent (nil, or an empty list) holds for every message; all that are present must hold.
/// Which of several rules that hold decides, `RouteTable` says.
package struct RouteRule: Sendable, Hashable {
    package struct Target: Sendable, Hashable {
        package var provider: Int64
        /// Counts with `TargetChoice.weight` only; 0: a fallback that is never first.
        package var weight: Int32

        package init(provider: Int64, weight: Int32 = 1) {
            self.provider = provider
            self.weight = weight
        }
    }

    package static let orders = 0...1_000_000
    package static let weights = 0...10_000
    package static let targetCount = 1...16
    package static let defaultOrder = 100
    package static let defaultWait: Duration = .seconds(60)

    /// Grows with age: the older of two rules has the lower one.
    package var id: Int64
    /// Nil: for every tenant.
    package var tenant: Int64?
    package var channel: Channel?
    package var categories: [Category] = []
    package var priorities: [Priority] = []
    package var sources: [Int64] = []
    package var countries: [Region] = []
    /// Nil: no condition. Empty: numbers were asked for and none is left, so nothing matches.
    package var prefixes: [NumberPrefix]?
    /// Domains of email addresses in small letters; each stands for those below it too.
    package var domains: [String] = []

    /// The lowest that holds decides.
    package var order = Self.defaultOrder
    package var targets: [Target]
    package var choice = TargetChoice.order
    /// The sender's name or number; empty where the sender table decides.
    package var from = ""
    /// What follows, one after the other, where no receipt came within `wait`.
    package var alternates: [Channel] = []
    package var wait = Self.defaultWait
    package var isEnabled = true

    package init(id: Int64 = 0, tenant: Int64? = nil, channel: Channel? = nil, targets: [Target]) {
        self.id = id
        self.tenant = tenant
        self.channel = channel
        self.targets = targets
    }

    /// How many kinds of conditions it has.
    package var conditionCount: Int {
        var count = 0
        if tenant != nil { count += 1 }
        if channel != nil { count += 1 }
        if prefixes != nil { count += 1 }
        for isPresent in [
            !categories.isEmpty, !priorities.isEmpty, !sources.isEmpty, !countries.isEmpty, !domains.isEmpty,
        ] where isPresent { count += 1 }
        return count
    }
}
