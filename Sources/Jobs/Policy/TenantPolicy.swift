import Domain
import Storage
import Synchronization

/// Who of a tenant's recipients must not be sent to, kept as fresh as the last window that was opened.
///
/// A filter in memory says who certainly may be sent to; the others are asked about in SQL. Each window
/// brings what was committed since the snapshot before; all jobs of a tenant share and feed one of these.
package final class TenantPolicy: RecipientPolicy {
    fileprivate struct Lists: Sendable {
        var filter: SuppressionFilter
        var deny: DenyList
        /// All that was committed before this snapshot is in.
        var horizon: Int64
        /// Of what came later, the changes that ask for a load and are in too.
        var reloads: Set<Int64>
    }

    private struct State {
        var lists: Lists
        var loading: Task<Lists, any Error>?
        /// Recipients who were suppressed while a load was under way: it may have missed them.
        var meanwhile: [RecipientHash] = []
        /// What SQL said of suspects lately. Whoever is suppressed later is taken out by the window that brings the change.
        var confirmed = ConfirmedSuspects()
    }

    private let tenant: Int64
    private let store: PolicyStore
    private let state: Mutex<State>

    package static func load(tenant: Int64, from store: PolicyStore) async throws -> TenantPolicy {
        TenantPolicy(tenant: tenant, store: store, lists: try await loadLists(tenant: tenant, from: store))
    }

    private init(tenant: Int64, store: PolicyStore, lists: Lists) {
        self.tenant = tenant
        self.store = store
        state = Mutex(State(lists: lists))
    }

    private static func loadLists(tenant: Int64, from store: PolicyStore) async throws -> Lists {
        let (filter, horizon, reloads) = try await store.filter(tenant: tenant)
        return Lists(filter: filter, deny: try await store.denyList(tenant: tenant), horizon: horizon, reloads: reloads)
    }

    /// What a step names as the snapshot that this is as new as.
    package var horizon: Int64 { state.withLock { $0.lists.horizon } }

    /// Takes in what a step brought. The snapshot moves on only with what is really in: a load that fails
    /// fails this window, and is asked for again by the next.
    package func refresh(with grant: WindowGrant) async throws {
        let needsLoad = state.withLock { state in
            for hash in grant.changed { state.lists.filter.insert(hash) }
            state.confirmed.forget(grant.changed)
            if state.loading != nil { state.meanwhile += grant.changed }
            guard state.lists.covers(grant), !state.lists.filter.isFull else { return true }
            state.lists.horizon = max(state.lists.horizon, grant.horizon)
            return false
        }
        guard needsLoad else { return }
        // A load that another window started may be older than this one's opening.
        repeat { try await load() } while state.withLock { !$0.lists.covers(grant, forced: false) }
    }

    /// One load at a time for all windows of the tenant.
    private func load() async throws {
        let task = state.withLock { state in
            if let loading = state.loading { return loading }
            let task = Task { [tenant, store] in try await Self.loadLists(tenant: tenant, from: store) }
            state.loading = task
            state.meanwhile = []
            return task
        }
        let result = await task.result
        state.withLock { state in
            guard state.loading == task else { return }
            state.loading = nil
            guard case .success(let lists) = result else { return }
            state.lists = lists
            state.confirmed.forgetAll()
            for hash in state.meanwhile { state.lists.filter.insert(hash) }
        }
        _ = try result.get()
    }

    enum Look {
        case mayBeSent
        case denied(String)
        /// The filter can't rule a suppression out; SQL knows.
        case suspect(RecipientHash)
    }

    /// One recipient on its own, for counting.
    func look(at recipient: PolicyQuestion, address: Span<UInt8>, channel: Channel) -> Look {
        state.withLock { $0.lists.look(at: recipient, address: address, channel: channel) }
    }

    package func confirm(
        _ hashes: [RecipientHash], channel: Channel, category: Category
    ) async throws -> [RecipientHash: SuppressionReason] {
        try await store.confirm(tenant: tenant, hashes: hashes, channel: channel, category: category)
    }

    package func refusals(
        of recipients: [PolicyQuestion], ahead: () -> [PolicyQuestion], addresses: [UInt8], channel: Channel,
        category: Category
    ) async throws -> [String?] {
        var refusals = [String?](repeating: nil, count: recipients.count)
        // Looked at outside the lock: a large filter misses the cache for nearly every recipient, and the other
        // slots would wait for it. Nothing is copied unless somebody is added meanwhile.
        let lists = state.withLock { $0.lists }
        let bytes = addresses.span
        let suspects = recipients.indices.filter { index in
            let recipient = recipients[index]
            switch lists.look(at: recipient, address: bytes.extracting(recipient.address.range), channel: channel) {
            case .mayBeSent: return false
            case .denied(let reason):
                refusals[index] = reason
                return false
            case .suspect: return true
            }
        }
        guard !suspects.isEmpty else { return refusals }
        let hashes = suspects.map { recipients[$0].hash }
        let kind = ConfirmedSuspects.Kind(channel: channel, category: category)
        let now = ContinuousClock.now
        var found = state.withLock { $0.confirmed.answers(to: hashes, kind, now: now) }
        if found == nil {
            // Those who come next in the shard are asked about too: one question for it instead of one a window.
            let further = ahead().filter { lists.filter.mayContain($0.hash) }.map(\.hash)
            let version = state.withLock { $0.confirmed.version }
            let confirmed = try await confirm(hashes + further, channel: channel, category: category)
            found = confirmed
            state.withLock { $0.confirmed.keep(hashes + further, confirmed, kind, since: version, now: now) }
        }
        for index in suspects {
            refusals[index] = found?[recipients[index].hash]?.refusal
        }
        return refusals
    }
}

extension TenantPolicy.Lists {
    /// The deny list decides; of the others, the filter says who certainly may be sent to.
    fileprivate func look(at recipient: PolicyQuestion, address: Span<UInt8>, channel: Channel) -> TenantPolicy.Look {
        if let match = deny.match(
            address: address, kind: channel.addressKind, region: recipient.region, hash: recipient.hash)
        {
            return .denied(match.rawValue)
        }
        return filter.mayContain(recipient.hash) ? .suspect(recipient.hash) : .mayBeSent
    }

    /// Whether every load that the grant asks for is in. 0 asks for one whatever is in.
    fileprivate func covers(_ grant: WindowGrant, forced: Bool = true) -> Bool {
        grant.reloads.allSatisfy { $0 == 0 ? !forced : $0 < horizon || reloads.contains($0) }
    }
}

extension SuppressionReason {
    /// The reason that the ledger keeps.
    var refusal: String {
        switch self {
        case .optout: "opted_out"
        case .bounce: "suppressed_bounce"
        case .complaint: "suppressed_complaint"
        }
    }
}
