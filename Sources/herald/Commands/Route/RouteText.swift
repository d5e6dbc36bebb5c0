import Domain
import Storage

/// A rule in plain words and as JSON.
struct RouteText {
    let route: StoredRoute
    /// How many prefixes it has, whether or not they were read.
    let prefixCount: Int

    init(_ route: StoredRoute, prefixCount: Int? = nil) {
        self.route = route
        self.prefixCount = prefixCount ?? route.rule.prefixes?.count ?? 0
    }

    private static let shownPrefixes = 3

    /// The conditions besides channel and tenant: `numbers +65123; otp; from checkout`. Empty without any.
    var conditions: String {
        let rule = route.rule
        var parts: [String] = []
        if rule.prefixes != nil { parts.append("numbers " + numbers) }
        if !rule.countries.isEmpty { parts.append("in " + rule.countries.map(\.code).joined(separator: ", ")) }
        if !rule.domains.isEmpty { parts.append("at " + rule.domains.joined(separator: ", ")) }
        if !rule.categories.isEmpty { parts.append(rule.categories.map(\.rawValue).joined(separator: ", ")) }
        if !rule.priorities.isEmpty {
            parts.append(rule.priorities.map(\.word).joined(separator: ", ") + " priority")
        }
        if !rule.sources.isEmpty { parts.append("from " + route.sourceNames.joined(separator: ", ")) }
        return parts.joined(separator: "; ")
    }

    private var numbers: String {
        let prefixes = route.rule.prefixes ?? []
        guard !prefixes.isEmpty else {
            return "with \(grouped(prefixCount)) \(prefixCount == 1 ? "prefix" : "prefixes")"
        }
        let shown = prefixes.prefix(Self.shownPrefixes).map { "+\($0.digits)…" }.joined(separator: ", ")
        let more = prefixCount - min(prefixes.count, Self.shownPrefixes)
        return more > 0 ? "\(shown) and \(grouped(more)) more" : shown
    }

    /// What it is for, the whole of it: `sms of acme, numbers +65123…`.
    var subject: String {
        let channel = route.rule.channel?.rawValue ?? "every channel"
        let whose = route.tenantName.map { " of \($0)" } ?? ""
        return conditions.isEmpty ? channel + whose : "\(channel)\(whose), \(conditions)"
    }

    /// `telco-a 80, telco-b 20 by weight`.
    var providers: String {
        let names = zip(route.rule.targets, route.providerNames).map { target, name in
            route.rule.choice == .weight ? "\(name) \(target.weight)" : name
        }
        switch route.rule.choice {
        case .order: return names.joined(separator: ", then ")
        case .weight: return names.joined(separator: ", ") + " by weight"
        case .cheapest: return names.joined(separator: ", ") + ", the cheapest first"
        case .healthiest: return names.joined(separator: ", ") + ", the healthiest first"
        }
    }

    /// What follows without a receipt; nil where nothing does.
    var alternates: String? {
        let rule = route.rule
        guard !rule.alternates.isEmpty else { return nil }
        let channels = rule.alternates.map(\.rawValue).joined(separator: ", then ")
        return "\(channels), each after \(TimeText.short(Double(rule.wait.components.seconds))) without a receipt"
    }

    var json: JSON {
        let rule = route.rule
        return [
            "id": .int(rule.id), "order": .int(Int64(rule.order)),
            "channel": rule.channel.map { .string($0.rawValue) } ?? .null,
            "tenant": route.tenantName.map { .string($0) } ?? .null,
            "sources": Self.list(route.sourceNames), "categories": Self.list(rule.categories.map(\.rawValue)),
            "priorities": Self.list(rule.priorities.map(\.word)), "countries": Self.list(rule.countries.map(\.code)),
            "domains": Self.list(rule.domains), "prefixes": .int(Int64(prefixCount)),
            "providers": Self.list(route.providerNames), "choice": .string(rule.choice.rawValue),
            "weights": .array(rule.targets.map { .int(Int64($0.weight)) }),
            "from": rule.from.isEmpty ? .null : .string(rule.from), "then": Self.list(rule.alternates.map(\.rawValue)),
            "wait_seconds": .int(rule.wait.components.seconds), "enabled": .bool(rule.isEnabled),
        ]
    }

    static func list(_ words: [String]) -> JSON { .array(words.map { .string($0) }) }
}
