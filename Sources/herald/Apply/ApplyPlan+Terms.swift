import Domain
import Storage

/// Grants and prices, and what is left over when all else is planned.
extension ApplyPlan {
    mutating func planGrants(_ file: ConfigurationFile, _ state: inout ApplyState) throws {
        for item in file.items(.grants) {
            try item.named {
                let (provider, tenant) = try Self.grant(item)
                let (id, tenantID) = (try state.provider(provider), try state.tenant(tenant))
                guard state.grants[id]?.contains(tenantID) != true,
                    !state.plannedGrants.contains(where: { $0 == (id, tenantID) })
                else { return }
                state.plannedGrants.append((id, tenantID))
                add(.added, "grant of \(provider) to \(tenant)")
                step { installation in
                    let account = try await installation.provider(provider)
                    _ = try await installation.providers.grant(provider: account.id, tenant: tenantID)
                }
            }
        }
    }

    private static func grant(_ item: ConfigurationFile.Item) throws -> (provider: String, tenant: String) {
        guard item.object.count == 2, let provider = item.object["provider"]?.stringValue,
            let tenant = item.object["tenant"]?.stringValue
        else { throw CommandError.failed("a grant has a provider and a tenant, by their names.") }
        return (provider, tenant)
    }

    private struct PriceKey: Hashable {
        let provider: String
        let channel: Channel
        let prefix: String
        let from: String
    }

    mutating func planPrices(_ file: ConfigurationFile, _ state: ApplyState, prunes: Bool) throws {
        let known = Dictionary(
            state.prices.map {
                (PriceKey(provider: $0.providerName, channel: $0.channel, prefix: $0.prefix, from: $0.validFrom), $0)
            },
            uniquingKeysWith: { first, _ in first })
        var wanted: Set<PriceKey> = []
        for item in file.items(.prices) {
            let arguments = try item.arguments(of: PriceCommands.addition)
            let price = try item.named { try PriceInput(arguments, providers: state.numbers) }
            let key = PriceKey(
                provider: price.providerName, channel: price.channel, prefix: price.prefix,
                from: price.from?.description ?? "1970-01-01")
            guard wanted.insert(key).inserted else { throw item.fault("this price stands here twice.") }
            let words = "price of \(item.words(without: "price", "currency", "to")):"
            let asked = amount(price.micros, price.currency.code) + (price.to.map { " before \($0)" } ?? "")
            if let old = known[key] {
                let current = amount(old.micros, old.currency) + (old.validTo.map { " before \($0)" } ?? "")
                guard current != asked else { continue }
                add(.changed, "\(words) \(current) -> \(asked)")
            } else {
                add(.added, "\(words) \(asked)")
            }
            step { installation in
                let ids = Dictionary(
                    uniqueKeysWithValues: try await installation.providers.providers().map { ($0.name, $0.id) })
                try await PriceInput(arguments, providers: ids).store(in: installation.providers)
            }
        }
        guard prunes, file.has(.prices) else { return }
        for (key, price) in known.sorted(by: { $0.value.id < $1.value.id }) where !wanted.contains(key) {
            let prefix = key.prefix.isEmpty ? "" : ", prefix +\(key.prefix)"
            add(.removed, "price of provider \(key.provider), channel \(key.channel.rawValue)\(prefix)")
            step { _ = try await $0.providers.removePrice(price.id) }
        }
    }

    mutating func pruneGrantsAndProviders(_ file: ConfigurationFile, _ state: ApplyState) throws {
        let kept = Set(file.items(.providers).compactMap { $0.object["name"]?.stringValue })
        let leaving = file.has(.providers) ? state.accounts.values.filter { !kept.contains($0.name) } : []
        if file.has(.grants) {
            let wanted = try file.items(.grants).map { try Self.grant($0) }
            for account in state.accounts.values.sorted(by: { $0.name < $1.name }) where !leaving.contains(account) {
                for (tenant, id) in state.tenants.sorted(by: { $0.key < $1.key })
                where state.grants[account.id]?.contains(id) == true {
                    guard !wanted.contains(where: { $0 == (account.name, tenant) }) else { continue }
                    add(.removed, "grant of \(account.name) to \(tenant)")
                    step { installation in
                        let end = try await installation.providers.revoke(
                            provider: account.id, tenant: id, mayOpen: false)
                        guard end != .wouldOpen else {
                            throw CommandError.failed(
                                "Without its last grant every tenant could send through “\(account.name)”. `herald provider revoke \(account.name) --tenant \(tenant) --open` does it all the same."
                            )
                        }
                    }
                }
            }
        }
        for account in leaving.sorted(by: { $0.name < $1.name }) {
            add(.removed, "provider \(account.name) (\(account.kind))")
            step { installation in
                guard try await installation.providers.removeProvider(account.id) else {
                    throw CommandError.failed(
                        "A route goes through “\(account.name)” still; `herald route list` shows it.")
                }
            }
        }
    }
}
