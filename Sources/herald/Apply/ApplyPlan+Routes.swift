import Domain
import Storage

extension ApplyPlan {
    private static let route = Command("route add", "", options: RouteInput.options, example: "") { _, _ in .done }

    /// What makes a rule the one that it is; one for each prefix of it.
    private struct Place: Hashable {
        let conditions: String
        let prefix: NumberPrefix?

        static func all(of rule: RouteRule) -> [Place] {
            guard let prefixes = rule.prefixes else { return [Place(conditions: rule.conditionsText, prefix: nil)] }
            return prefixes.map { Place(conditions: rule.conditionsText, prefix: $0) }
        }
    }

    private static func way(_ rule: RouteRule) -> String { rule.targetsText + (rule.isEnabled ? "" : ";off") }

    mutating func planRoutes(
        _ file: ConfigurationFile, _ names: RouteNames, _ installation: Installation, prunes: Bool
    ) async throws {
        guard file.has(.routes) else { return }
        let stored = try await installation.routes.rules()
        var known: [Place: StoredRoute] = [:]
        for route in stored { for place in Place.all(of: route.rule) { known[place] = route } }
        var wanted: Set<Place> = []
        var changed: [Arguments] = []
        for item in file.items(.routes) {
            let arguments = try item.arguments(of: Self.route)
            let rule = try item.named { try RouteInput.rule(arguments, names) }
            let places = Place.all(of: rule)
            for place in places where !wanted.insert(place).inserted {
                throw item.fault("a rule with the same conditions and order stands above.")
            }
            guard places.contains(where: { known[$0].map { Self.way($0.rule) } != Self.way(rule) }) else { continue }
            changed.append(arguments)
            let conditions = item.words(without: "providers", "weights", "choice", "from", "then", "wait", "disabled")
            let way = item.words(
                without: "channel", "tenant", "source", "category", "priority", "prefix", "country", "domain", "order")
            let old = places.compactMap { known[$0] }
            if let first = old.first, old.count == places.count {
                let off = first.rule.isEnabled ? "" : "(off) "
                add(.changed, "route \(conditions): \(off)\(RouteText(first).providers) -> \(way)")
            } else {
                add(old.isEmpty ? .added : .changed, "route \(conditions): \(way)")
            }
        }
        if !changed.isEmpty {
            let rules = changed
            step { installation in
                let names = try await RouteNames(installation)
                _ = try await installation.routes.store(try rules.map { try RouteInput.rule($0, names) })
            }
        }
        if prunes { pruneRoutes(stored, wanted) }
    }

    private mutating func pruneRoutes(_ stored: [StoredRoute], _ wanted: Set<Place>) {
        for route in stored {
            let leaving = Place.all(of: route.rule).filter { !wanted.contains($0) }
            guard !leaving.isEmpty else { continue }
            let text = RouteText(route)
            let id = route.rule.id
            if leaving.count == (route.rule.prefixes?.count ?? 1) {
                add(.removed, "route \(text.subject): \(text.providers)")
                step { _ = try await $0.routes.remove(id) }
            } else {
                add(.removed, "\(grouped(leaving.count)) prefixes of route \(text.subject)")
                step { installation in
                    for prefix in leaving.compactMap(\.prefix) {
                        _ = try await installation.routes.remove(prefix: prefix, from: id)
                    }
                }
            }
        }
    }
}
