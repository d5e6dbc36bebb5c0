import Domain
import Senders
import Storage

/// The providers of this installation as objects that send. One stays the same object while its settings
/// do, so that its connections and limits outlive a change elsewhere.
package actor ProviderRegistry {
    private struct Entry {
        let account: ProviderAccount
        let provider: any Provider
        let pace = ProviderPace()
    }

    /// What a route needs of a provider.
    package struct Usable: Sendable {
        package let provider: any Provider
        package let pace: ProviderPace
    }

    private let store: ProviderStore
    private let loop: CurlLoop
    private var entries: [Int64: Entry] = [:]

    package init(store: ProviderStore) throws {
        self.store = store
        loop = try CurlLoop()
    }

    /// Every provider that a tenant may use, by number: its own, those open to all and those granted to it. One with
    /// broken settings is left out: its route goes on with the next.
    package func providers(for tenant: Int64) async throws -> [Int64: Usable] {
        var fresh: [Int64: Entry] = [:]
        for account in try await store.providers() {
            if let known = entries[account.id], known.account == account {
                fresh[account.id] = known
            } else if let provider = try? ProviderCatalogue.make(
                kind: account.kind, name: account.name, settings: account.settings,
                runtime: ProviderCatalogue.Runtime(curl: loop))
            {
                fresh[account.id] = Entry(account: account, provider: provider)
            }
        }
        entries = fresh
        let grants = try await store.grants()
        let permitted = fresh.filter { id, entry in
            ProviderAccess(owner: entry.account.tenant, grants: grants[id] ?? []).permits(tenant)
        }
        return permitted.mapValues {
            Usable(provider: $0.provider, pace: $0.pace)
        }
    }

    package func stop() { loop.stop() }
}
