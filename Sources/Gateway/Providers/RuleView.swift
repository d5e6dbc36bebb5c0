import Domain
import Storage

/// A routing rule as the API shows it.
enum RuleView {
    static func json(_ route: StoredRoute, prefixCount: Int, withPrefixes: Bool = false) -> JSON {
        let rule = route.rule
        var object = JSONObject()
        object["id"] = .string(String(rule.id))
        object["order"] = .int(Int64(rule.order))
        object["shared"] = .bool(rule.tenant == nil)
        object["channel"] = .text(rule.channel?.rawValue)
        object["sources"] = .words(route.sourceNames)
        object["categories"] = .words(rule.categories.map(\.rawValue))
        object["priorities"] = .words(rule.priorities.map(\.word))
        object["countries"] = .words(rule.countries.map(\.code))
        object["domains"] = .words(rule.domains)
        object["prefix_count"] = .int(Int64(prefixCount))
        if withPrefixes { object["prefixes"] = .words((rule.prefixes ?? []).map(\.digits)) }
        object["choice"] = .string(rule.choice.rawValue)
        object["providers"] = .array(
            zip(route.providerNames, rule.targets).map { ["name": .string($0), "weight": .int(Int64($1.weight))] })
        object["from"] = .text(rule.from.isEmpty ? nil : rule.from)
        object["then"] = .words(rule.alternates.map(\.rawValue))
        object["wait_seconds"] = .int(rule.wait.components.seconds)
        object["enabled"] = .bool(rule.isEnabled)
        return .object(object)
    }
}
