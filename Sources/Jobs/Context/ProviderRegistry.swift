import Domain
import Senders
import Storage

/// The providers of this installation as objects that send. One stays the same object while its settings
/// do, so that its connections, its limits and what is known of its health outlive a change elsewhere.
package actor ProviderRegistry {
    /// What a route needs of a provider.
    package struct Usable: Sendable {
        package let provider: any Provider
        package let gate: ProviderGate
        package let window: ProviderWindow
        package let meter: ProviderMeter
    }

    private struct Entry {
        let account: ProviderAccount
        let usable: Usable
    }

    private let store: ProviderStore
    private let loops: SenderLoops
    private let sink: (any ReceiptSink)?
    private let metrics: JobMetrics
    private var entries: [Int64: Entry] = [:]

    /// `sink` takes what providers tell by themselves, such as receipts over SMPP.
    package init(store: ProviderStore, sink: (any ReceiptSink)? = nil, metrics: JobMetrics = JobMetrics()) throws {
        self.store = store
        self.sink = sink
        self.metrics = metrics
        loops = try SenderLoops()
    }

    /// Every provider that a tenant may use, by number: its own, those open to all and those granted to it. One with
    /// broken settings is left out: its route goes on with the next.
    package func providers(for tenant: Int64) async throws -> [Int64: Usable] {
        try await refresh()
        let grants = try await store.grants()
        let permitted = entries.filter { id, entry in
            ProviderAccess(owner: entry.account.tenant, grants: grants[id] ?? []).permits(tenant)
        }
        return permitted.mapValues(\.usable)
    }

    /// Reads what was changed. Whoever was taken out or in is so at once, for jobs under way too.
    package func refresh() async throws {
        var fresh: [Int64: Entry] = [:]
        for var account in try await store.providers() {
            let isOut = account.outSince != nil
            account.outSince = nil
            if let known = entries[account.id], known.account == account {
                fresh[account.id] = known
            } else if let usable = try? make(account) {
                fresh[account.id] = Entry(account: account, usable: usable)
            }
            fresh[account.id]?.usable.gate.takeOut(isOut)
        }
        entries = fresh
    }

    private func make(_ account: ProviderAccount) throws -> Usable {
        let gate = ProviderGate(provider: account.id, settings: try LimitSettings(json: account.settings))
        let provider = try ProviderCatalogue.make(
            kind: account.kind, name: account.name, settings: account.settings,
            runtime: SenderRuntime(loops: loops, sink: sink, allowedInFlight: { gate.allowedInFlight }))
        return Usable(
            provider: provider, gate: gate, window: ProviderWindow(), meter: metrics.provider(account.name))
    }

    /// How each stands, by its name.
    package var standings: [(name: String, standing: ProviderStanding)] {
        entries.values.map { ($0.account.name, $0.usable.gate.standing()) }.sorted { $0.0 < $1.0 }
    }

    /// What all jobs of this process ask, one for each provider.
    package var gates: [ProviderGate] { entries.values.map(\.usable.gate) }

    package func stop() { loops.stop() }
}
