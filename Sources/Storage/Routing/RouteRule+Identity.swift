import Domain

/// What makes two rules the same. Lists are sorted, so that the order in which somebody writes them says nothing.
extension RouteRule {
    /// All conditions but the prefixes, with the order.
    package var conditionsText: String {
        [
            tenant.map(String.init) ?? "", channel?.rawValue ?? "", list(categories.map(\.rawValue)),
            list(priorities.map(\.word)), list(sources.map(String.init)), list(countries.map(\.code)), list(domains),
            String(order),
        ].joined(separator: ";")
    }

    /// Where the messages go. As written: here the order says everything.
    package var targetsText: String {
        [
            targets.map { "\($0.provider)=\($0.weight)" }.joined(separator: ","), choice.rawValue,
            alternates.map(\.rawValue).joined(separator: ","), String(wait.components.seconds), from,
        ].joined(separator: ";")
    }

    private func list(_ words: [String]) -> String { Set(words).sorted().joined(separator: ",") }
}
