import Domain
import Storage

/// What a configuration file would change, in the order in which it is done: what others need comes first.
struct ApplyPlan {
    /// One line of the difference.
    struct Change {
        enum Sign: String {
            case added = "+"
            case changed = "~"
            case removed = "-"
        }

        let sign: Sign
        let what: String
    }

    private(set) var changes: [Change] = []
    private(set) var steps: [@Sendable (Installation) async throws -> Void] = []

    mutating func add(_ sign: Change.Sign, _ what: String) { changes.append(Change(sign: sign, what: what)) }

    /// Names are looked up when the step is done: what it needs may be made by one before.
    mutating func step(_ step: @escaping @Sendable (Installation) async throws -> Void) { steps.append(step) }

    static func of(
        _ file: ConfigurationFile, _ arguments: Arguments, _ installation: Installation
    ) async throws -> ApplyPlan {
        var plan = ApplyPlan()
        let prunes = arguments.has("prune")
        var state = try await ApplyState(installation)
        try plan.planProviders(file, arguments, &state)
        try plan.planGrants(file, &state)
        let names = try await RouteNames(installation, adding: state.planned, granting: state.plannedGrants)
        try plan.planPrices(file, state, prunes: prunes)
        try await plan.planRoutes(file, names, installation, prunes: prunes)
        try await plan.planSenders(file, names, installation, prunes: prunes)
        try await plan.planPermits(file, names, arguments, installation, prunes: prunes)
        try await plan.planLimits(file, names, arguments, installation, prunes: prunes)
        if prunes { try plan.pruneGrantsAndProviders(file, state) }
        return plan
    }
}

/// What there is, and what will be once the steps planned so far are done.
struct ApplyState {
    let accounts: [String: ProviderAccount]
    let grants: [Int64: Set<Int64>]
    let tenants: [String: Int64]
    let prices: [Price]
    /// Accounts to be made, under numbers that no account has.
    var planned: [ProviderAccount] = []
    var plannedGrants: [(provider: Int64, tenant: Int64)] = []

    init(_ installation: Installation) async throws {
        accounts = Dictionary(uniqueKeysWithValues: try await installation.providers.providers().map { ($0.name, $0) })
        grants = try await installation.providers.grants()
        tenants = Dictionary(uniqueKeysWithValues: try await installation.parties.tenants().map { ($0.name, $0.id) })
        // Accounts that were removed keep theirs, and their names may be in use again.
        let numbers = Set(accounts.values.map(\.id))
        prices = try await installation.providers.prices().filter {
            // A file says nothing of bands of segments and volume tiers: they are left as they are.
            numbers.contains($0.provider) && $0.segmentsFrom == 1 && $0.volumeAfter == 0
        }
    }

    /// By name, those to be made too.
    var numbers: [String: Int64] {
        accounts.mapValues(\.id).merging(planned.map { ($0.name, $0.id) }, uniquingKeysWith: { old, _ in old })
    }

    func provider(_ name: String) throws -> Int64 {
        guard let id = numbers[name] else {
            throw CommandError.failed("there is no provider “\(name)”, neither here nor in the file.")
        }
        return id
    }

    func tenant(_ name: String) throws -> Int64 {
        guard let id = tenants[name] else {
            throw CommandError.failed("there is no tenant “\(name)”; `herald tenant add \(name)` makes it.")
        }
        return id
    }
}
