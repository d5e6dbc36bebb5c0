import Domain
import Storage

/// The names that rules are written with, read once for a command: an import names the same few again and again.
struct RouteNames {
    let tenants: [String: Int64]
    let tenantNames: [Int64: String]
    private let providers: [String: ProviderAccount]
    private let grants: [Int64: Set<Int64>]
    private let sources: [Source]

    /// With accounts and grants that are about to be made, for who asks before making them.
    init(
        _ installation: Installation, adding planned: [ProviderAccount] = [],
        granting more: [(provider: Int64, tenant: Int64)] = []
    ) async throws {
        let tenants = try await installation.parties.tenants()
        self.tenants = Dictionary(uniqueKeysWithValues: tenants.map { ($0.name, $0.id) })
        tenantNames = Dictionary(uniqueKeysWithValues: tenants.map { ($0.id, $0.name) })
        let accounts = try await installation.providers.providers() + planned
        providers = Dictionary(uniqueKeysWithValues: accounts.map { ($0.name, $0) })
        var grants = try await installation.providers.grants()
        for grant in more { grants[grant.provider, default: []].insert(grant.tenant) }
        self.grants = grants
        sources = try await installation.parties.sources()
    }

    func tenant(_ name: String) throws -> Int64 {
        guard let tenant = tenants[name] else {
            throw CommandError.failed(
                "There is no tenant “\(name)”. `herald tenant list` shows them; `herald tenant add \(name)` makes it.")
        }
        return tenant
    }

    /// An account that the rule's tenant may use, or everybody where the rule is for all.
    func provider(_ name: String, for tenant: Int64?) throws -> Int64 {
        guard let account = providers[name] else {
            throw CommandError.failed("There is no provider “\(name)”. `herald provider list` shows them.")
        }
        let access = ProviderAccess(owner: account.tenant, grants: grants[account.id] ?? [])
        guard tenant.map(access.permits) ?? access.isOpenToAll else {
            let whose = tenant.flatMap { tenantNames[$0] }.map { "“\($0)”" } ?? "a route for all"
            throw CommandError.failed(
                account.tenant == nil
                    ? "The provider “\(name)” is granted to some tenants only: \(whose) can't go through it."
                    : "The provider “\(name)” belongs to another tenant: \(whose) can't go through it."
                        + " `herald provider grant \(name) --tenant T` opens it for one more.")
        }
        return account.id
    }

    /// A tenant's source; without a tenant the only one of that name.
    func source(_ name: String, of tenant: Int64?) throws -> Source {
        let found = sources.filter { $0.name == name && (tenant == nil || $0.tenant == tenant) }
        guard let source = found.first else {
            throw CommandError.failed("There is no source “\(name)”. `herald source list` shows them.")
        }
        guard found.count == 1 else {
            let whose = found.map(\.tenantName).joined(separator: ", ")
            throw CommandError.failed("Several tenants have a source “\(name)”: \(whose). Say which with --tenant.")
        }
        return source
    }

    func source(_ id: Int64) -> Source? { sources.first { $0.id == id } }
}
