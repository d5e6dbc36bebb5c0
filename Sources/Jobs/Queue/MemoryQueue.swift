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
    private var heard = HeardStates()

    package init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    package func add(_ shard: ClaimedShard, due: Timestamp) {
        entries.append(Entry(shard: shard, due: due))
        campaigns[shard.campaign] = campaigns[shard.campaign] ?? .running
    }

    package func set(campaign: Int64, to state: CampaignState) { campaigns[campaign] = state }

    package func isDone(shard: Int64) -> Bool { entries.contains { $0.shard.id == shard && $0.isDone } }

    package func claim(worker: Int64, lane: Lane, limit: Int) -> [ClaimedShard] {
        var taken: [ClaimedShard] = []
        let busy = Dictionary(grouping: entries.filter { $0.worker != nil }, by: \.shard.tenant).mapValues(\.count)
        let due = entries.indices
            .filter { index in
                let entry = entries[index]
                let state = campaigns[entry.shard.campaign]
                return entry.worker == nil && !entry.isDone && entry.shard.lane == lane
                    && (state == .running && isDue(entry) || state == .cancelling)
            }
            .sorted { order(entries[$0], busy) < order(entries[$1], busy) }
        for index in due.prefix(limit) {
            entries[index].worker = worker
            entries[index].shard = entries[index].shard.claimedAgain
            taken.append(entries[index].shard)
        }
        return taken
    }

    private func isDue(_ entry: Entry) -> Bool {
        entry.due <= now() && resting[entry.shard.campaign].map { $0 <= now() } ?? true
    }

    private func order(_ entry: Entry, _ busy: [Int64: Int]) -> (Int16, Double, Int64, Int, Timestamp, Int64) {
        let weights = [4.0, 2.0, 1.0]
        let share = Double(busy[entry.shard.tenant] ?? 0) / weights[min(2, Int(entry.shard.tier))]
        let isNew = entry.shard.items == nil ? 1 : 0
        return (entry.shard.priority.rawValue, share, entry.shard.campaign, isNew, entry.due, entry.shard.id)
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

    package func heard(of messages: [MessageID], campaign: Int64) -> HeardStates { heard }

    /// As a receipt would say it.
    package func hear(_ state: MessageState, of message: MessageID) {
        heard.states[message, default: []].insert(state)
    }

    /// Whether receipts are in that are not applied yet.
    package func fallBehind(_ isBehind: Bool) { heard.isBehind = isBehind }

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
