import Domain
import Storage

/// The driver for tests: the same rules in one actor, with the clock handed in.
package actor MemoryQueue: ShardQueue {
    private struct Entry {
        var shard: ClaimedShard
        var due: Timestamp
        var worker: Int64?
        var isDone = false
    }

    private var entries: [Entry] = []
    private var campaigns: [Int64: CampaignState] = [:]
    private var resting: [Int64: Timestamp] = [:]
    private let now: @Sendable () -> Timestamp
    /// What the steps stored, in their order.
    package private(set) var stored: [WindowStep] = []
    package private(set) var late: [WindowStep] = []

    package init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    package func add(_ shard: ClaimedShard, due: Timestamp) {
        entries.append(Entry(shard: shard, due: due))
        campaigns[shard.campaign] = campaigns[shard.campaign] ?? .running
    }

    package func set(campaign: Int64, to state: CampaignState) { campaigns[campaign] = state }

    package func isDone(shard: Int64) -> Bool { entries.contains { $0.shard.id == shard && $0.isDone } }

    package func waiting(lane: Lane, within time: Duration) -> [WaitingWork] {
        let ready = entries.filter { isReady($0, in: lane) && ($0.due <= now() + time || isCancelled($0)) }
        return Dictionary(grouping: ready) { TenantWork(priority: $0.shard.priority, tenant: $0.shard.tenant) }
            .map { work, entries in
                let due = entries.map { isCancelled($0) ? now() : $0.due }.min() ?? now()
                return WaitingWork(
                    work: work, weight: [8, 4, 1][min(2, Int(entries[0].shard.tier))], dueIn: max(.zero, due - now()))
            }
    }

    package func claim(worker: Int64, lane: Lane, orders: [ClaimOrder], limit: Int) -> [ClaimedShard] {
        var taken: [ClaimedShard] = []
        for order in orders {
            let due = entries.indices.filter { index in
                let entry = entries[index]
                return isReady(entry, in: lane) && isDue(entry) && entry.shard.tenant == order.work.tenant
                    && entry.shard.priority == order.work.priority
            }.sorted { place(of: entries[$0]) < place(of: entries[$1]) }
            for index in due.prefix(min(order.count, limit - taken.count)) {
                entries[index].worker = worker
                entries[index].shard = entries[index].shard.claimedAgain
                taken.append(entries[index].shard)
            }
        }
        return taken
    }

    private func isReady(_ entry: Entry, in lane: Lane) -> Bool {
        entry.worker == nil && !entry.isDone && entry.shard.lane == lane
    }

    private func isCancelled(_ entry: Entry) -> Bool { campaigns[entry.shard.campaign] == .cancelling }

    private func isDue(_ entry: Entry) -> Bool {
        if isCancelled(entry) { return true }
        let isRested = resting[entry.shard.campaign].map { $0 <= now() } ?? true
        return entry.due <= now() && isRested && campaigns[entry.shard.campaign] == .running
    }

    private func place(of entry: Entry) -> (Int, Timestamp, Int64) {
        (entry.shard.items == nil ? 1 : 0, entry.due, entry.shard.id)
    }

    package func step(_ step: WindowStep) throws -> WindowGrant {
        guard let index = entries.firstIndex(where: { $0.shard.id == step.shard && $0.shard.token == step.token }),
            entries[index].worker != nil, entries[index].shard.closed == step.from
        else { throw StorageError.fenced }
        let shard = entries[index].shard
        let state = campaigns[shard.campaign] ?? .running
        let opened = state == .running ? step.open : step.closed
        entries[index].shard = shard.moved(closed: step.closed, opened: opened)
        if step.closed == shard.count {
            entries[index].isDone = true
            entries[index].worker = nil
        } else if state == .paused {
            entries[index].worker = nil
        }
        for retry in step.retries {
            let child = ClaimedShard(
                id: -Int64(entries.count), campaign: shard.campaign, tenant: shard.tenant, lane: shard.lane,
                tier: shard.tier,
                priority: shard.priority, token: 0, body: shard.body, ids: shard.ids, items: retry.items,
                count: retry.count, crashes: retry.crashes)
            entries.append(Entry(shard: child, due: retry.due))
        }
        stored.append(step)
        return WindowGrant(opened: opened, campaignState: state, horizon: step.horizon, reloads: [], changed: [])
    }

    package func keepLate(_ step: WindowStep) { late.append(step) }

    package func release(shard: Int64, token: Int64, after delay: Duration) {
        guard let index = entries.firstIndex(where: { $0.shard.id == shard && $0.shard.token == token }),
            entries[index].worker != nil
        else { return }
        entries[index].worker = nil
        entries[index].due = now() + delay
    }

    package func rest(campaign: Int64, for delay: Duration) { resting[campaign] = now() + delay }

    package func rescue(worker: Int64) -> Int {
        let held = entries.indices.filter { entries[$0].worker == worker }
        for index in held {
            entries[index].worker = nil
            entries[index].shard = entries[index].shard.crashed
        }
        return held.count
    }
}

extension ClaimedShard {
    fileprivate var claimedAgain: ClaimedShard {
        with(token: token + 1, closed: closed, opened: opened, crashes: crashes)
    }

    fileprivate func moved(closed: Int, opened: Int) -> ClaimedShard {
        with(token: token, closed: closed, opened: opened, crashes: closed > self.closed ? 0 : crashes)
    }

    fileprivate var crashed: ClaimedShard {
        with(token: token, closed: closed, opened: opened, crashes: crashes + 1)
    }

    private func with(token: Int64, closed: Int, opened: Int, crashes: Int) -> ClaimedShard {
        ClaimedShard(
            id: id, campaign: campaign, tenant: tenant, lane: lane, tier: tier, priority: priority, token: token,
            body: body, ids: ids, items: items, skip: skip, count: count, closed: closed, opened: opened,
            crashes: crashes)
    }
}
