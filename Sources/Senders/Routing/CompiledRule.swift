import Domain

/// A rule as scopes read it: conditions as bits, providers as places. Once for each table, so that a scope costs
/// microseconds even with hundreds of rules.
struct CompiledRule: Sendable {
    let id: Int64
    /// -1: every tenant.
    let tenant: Int64
    /// Bits by code.
    let channels: UInt16
    let categories: UInt16
    let priorities: UInt16
    let sources: [Int64]
    let hasCountries: Bool
    /// The order, where keys have it.
    let orderKey: UInt64
    let isEnabled: Bool
    let choice: TargetChoice
    /// The providers that exist, as written, or by weight.
    let plan: RoutePlan
    let weights: [UInt32]
    let hasSender: Bool

    init(_ rule: RouteRule, place: (Int64) -> UInt16?) {
        id = rule.id
        tenant = rule.tenant ?? -1
        channels = rule.channel.map { 1 << UInt16($0.code) } ?? ~0
        categories = Self.bits(rule.categories.map(\.code))
        priorities = Self.bits(rule.priorities.map(\.rawValue))
        sources = rule.sources
        hasCountries = !rule.countries.isEmpty
        orderKey = RouteScope.orderKey(rule)
        isEnabled = rule.isEnabled
        choice = rule.choice
        hasSender = !rule.from.isEmpty
        var targets = rule.targets
        if rule.choice == .weight {
            targets = targets.enumerated().sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }
                .map(\.element)
        }
        var plan = RoutePlan()
        var weights: [UInt32] = []
        for target in targets.prefix(RoutePlan.capacity) {
            guard let place = place(target.provider) else { continue }
            plan.append(place)
            weights.append(UInt32(min(max(Int(target.weight), 0), RouteRule.weights.upperBound)))
        }
        self.plan = plan
        self.weights = weights
    }

    /// No condition holds for all.
    private static func bits(_ codes: [Int16]) -> UInt16 {
        codes.isEmpty ? ~0 : codes.reduce(0) { $0 | 1 << UInt16($1) }
    }

    /// Whether everything but the recipient fits.
    func holds(for question: RouteQuestion) -> Bool {
        guard isEnabled, tenant == -1 || tenant == question.tenant,
            channels & 1 << UInt16(question.channel.code) != 0,
            categories & 1 << UInt16(question.category.code) != 0,
            priorities & 1 << UInt16(question.priority.rawValue) != 0
        else { return false }
        if sources.isEmpty { return true }
        return question.source.map(sources.contains) ?? false
    }
}
