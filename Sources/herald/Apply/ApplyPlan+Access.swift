import Domain
import Storage

/// What sources may send, and how much. Keys are in no file: their secrets are shown once, to a person.
extension ApplyPlan {
    private static let permit = Command(
        "source permit", "", options: UseInput.options + [.value("source", "S", "")], example: ""
    ) { _, _ in .done }
    private static let limit = Command(
        "source limit", "", options: LimitInput.options + [.tenant, .value("source", "S", "")], example: ""
    ) { _, _ in .done }

    private struct Place: Hashable {
        let source: Int64
        let use: PermittedUse
    }

    mutating func planPermits(
        _ file: ConfigurationFile, _ names: RouteNames, _ arguments: Arguments, _ installation: Installation,
        prunes: Bool
    ) async throws {
        guard file.has(.permits) else { return }
        let stored = try await installation.sourceRules.uses()
        let known = Set(stored.map { Place(source: $0.source, use: $0.use) })
        var wanted: Set<Place> = []
        for item in file.items(.permits) {
            let typed = try item.arguments(of: Self.permit)
            let (source, use) = try item.named { (try Self.source(typed, names), try UseInput.use(typed)) }
            let place = Place(source: source.id, use: use)
            guard wanted.insert(place).inserted else { throw item.fault("the same stands above.") }
            guard !known.contains(place) else { continue }
            add(.added, "permit of \(source.name): \(UseInput.text(use))")
            step { _ = try await $0.sourceRules.permit(use, to: source, audit: arguments.audit) }
        }
        guard prunes else { return }
        for old in stored where !wanted.contains(Place(source: old.source, use: old.use)) {
            guard let source = names.source(old.source) else { continue }
            add(.removed, "permit of \(source.name): \(UseInput.text(old.use))")
            step { installation in
                let end = try await installation.sourceRules.forbid(
                    old.id, of: source, mayOpen: false, audit: arguments.audit)
                guard end != .wouldOpen else {
                    throw CommandError.failed(
                        "Without its last permitted use “\(source.name)” could send all that its keys' scopes say. `herald source forbid \(old.id) --open` does it all the same."
                    )
                }
            }
        }
    }

    /// What an item does not say is not limited.
    mutating func planLimits(
        _ file: ConfigurationFile, _ names: RouteNames, _ arguments: Arguments, _ installation: Installation,
        prunes: Bool
    ) async throws {
        guard file.has(.limits) else { return }
        let stored = try await installation.sourceRules.limits()
        var wanted: Set<Int64> = []
        for item in file.items(.limits) {
            let typed = try item.arguments(of: Self.limit)
            let (source, limits) = try item.named {
                var limits = SourceLimits()
                try LimitInput.change(&limits, typed)
                return (try Self.source(typed, names), limits)
            }
            guard wanted.insert(source.id).inserted else { throw item.fault("the same source stands above.") }
            let old = stored[source.id] ?? SourceLimits()
            guard old != limits else { continue }
            add(
                old.isEmpty ? .added : .changed,
                "limit of \(source.name): \(old.isEmpty ? "" : LimitInput.text(old) + " -> ")\(LimitInput.text(limits))"
            )
            step { try await $0.sourceRules.setLimits(limits, of: source, audit: arguments.audit) }
        }
        guard prunes else { return }
        for (id, old) in stored.sorted(by: { $0.key < $1.key }) where !wanted.contains(id) {
            guard let source = names.source(id) else { continue }
            add(.removed, "limit of \(source.name): \(LimitInput.text(old))")
            step { try await $0.sourceRules.setLimits(SourceLimits(), of: source, audit: arguments.audit) }
        }
    }

    private static func source(_ arguments: Arguments, _ names: RouteNames) throws -> Source {
        try names.source(try arguments.required("source"), of: try arguments.text("tenant").map(names.tenant))
    }
}
