import Domain

/// What a campaign or a request says of all its messages.
package struct RouteQuestion: Sendable, Hashable {
    package var tenant: Int64
    package var source: Int64?
    package var channel: Channel
    package var category: Category
    package var priority: Priority

    package init(tenant: Int64, source: Int64?, channel: Channel, category: Category, priority: Priority) {
        self.tenant = tenant
        self.source = source
        self.channel = channel
        self.category = category
        self.priority = priority
    }

    /// The first condition of a rule, but for those on the recipient, that does not hold; nil where all do.
    func failing(_ rule: RouteRule) -> RouteCondition? {
        if let own = rule.tenant, own != tenant { return .tenant }
        if let own = rule.channel, own != channel { return .channel }
        if !rule.categories.isEmpty, !rule.categories.contains(category) { return .category }
        if !rule.priorities.isEmpty, !rule.priorities.contains(priority) { return .priority }
        if !rule.sources.isEmpty {
            guard let source, rule.sources.contains(source) else { return .source }
        }
        return nil
    }
}

/// What a rule may ask for.
package enum RouteCondition: String, Sendable, Hashable {
    case tenant, channel, category, priority, source, country, prefix, domain
}
