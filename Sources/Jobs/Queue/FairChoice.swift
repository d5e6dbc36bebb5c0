import Domain
import Storage

/// Whose shard is next, where more tenants have work than there are slots.
///
/// Each tenant has a time of its own that grows by the slot time its shards cost, divided by its weight; the one whose
/// time is least goes first. So a tenant that offers ten times as much as the others waits for itself and not they for
/// it, and slow work counts for what it holds. Who comes back after a while starts where the others are: nobody saves up.
///
/// Urgent work goes before all else. A lower priority that waits gets one draw in a hundred all the same, and the lowest
/// leaves a part of the slots to the others while there are others.
///
/// Pure: the clock is handed in, and so is who waits.
package struct FairChoice {
    /// How many shards may be in work.
    package struct Room: Sendable, Hashable {
        /// For everybody.
        let slots: Int
        /// More than that, for tenants that have nothing in work, through providers that don't hold all the slots.
        let spare: Int

        package init(slots: Int, spare: Int) {
            self.slots = slots
            self.spare = spare
        }
    }

    private struct Tenant {
        var time = 0.0
        var weight = 1.0
        var inWork = 0
        var cost = ShardCost()
        /// Through which its last shard went.
        var provider: Int64?
    }

    private struct Hold {
        let work: TenantWork
        let since: ContinuousClock.Instant
        /// What its tenant was charged in advance, in seconds.
        let charged: Double
        var isLeaving = false
    }

    private var tenants: [Int64: Tenant] = [:]
    private var holds: [Int64: Hold] = [:]
    private var waiting: Set<Int64> = []
    private var overall = ShardCost()
    /// Where who comes back starts.
    private var least = 0.0
    /// For each priority, how often others were drawn while it waited.
    private var passed = [Int](repeating: 0, count: Priority.allCases.count)
    private var lastHigher: ContinuousClock.Instant?

    /// One draw in so many is for a priority that others go before.
    private static let fullTurn = 100
    /// How long the lowest priority leaves room after the last of the others.
    private static let reserveLasts: Duration = .seconds(5)
    /// When a shard gives way to others that wait: about a window of a slow provider.
    private static let longestHold: Duration = .seconds(1)
    private static let mostWindows = 8
    /// More tenants than that are not remembered while they have nothing to do.
    private static let mostIdle = 20_000

    package init() {}

    var inWork: Int { holds.count }

    // MARK: Who waits

    /// Says anew who waits, and with what weight.
    mutating func wait(_ work: [WaitingWork]) {
        let active = tenants.filter { waiting.contains($0.key) || $0.value.inWork > 0 }
        least = max(least, active.values.map(\.time).min() ?? least)
        for entry in work {
            var tenant = tenants[entry.work.tenant] ?? Tenant()
            tenant.weight = entry.weight
            if active[entry.work.tenant] == nil { tenant.time = max(tenant.time, least) }
            tenants[entry.work.tenant] = tenant
        }
        waiting = Set(work.map(\.work.tenant))
        if tenants.count > Self.mostIdle + waiting.count {
            tenants = tenants.filter { waiting.contains($0.key) || $0.value.inWork > 0 || $0.value.time > least }
        }
    }

    // MARK: Choosing

    /// The next shards' tenants, in their order. `extra` are named besides, for those that turn out to have nothing.
    mutating func choose(
        among due: [TenantWork], room: Room, extra: Int = 0, now: ContinuousClock.Instant
    ) -> (orders: [ClaimOrder], limit: Int) {
        var draw = Draw(due, times: times(now), choice: self, room: room, isReserving: isReserving(now))
        var orders: [ClaimOrder] = []
        var limit = 0
        while let work = draw.next(passed: &passed, fullTurn: Self.fullTurn) {
            orders.add(work)
            limit += 1
            if work.priority < .low { lastHigher = now }
        }
        if extra > 0, limit > 0 {
            let named = Set(orders.map(\.work))
            let rest = draw.rest().filter { !named.contains($0) }.prefix(extra)
            for work in rest { orders.append(ClaimOrder(work: work, count: limit)) }
        }
        return (orders, limit)
    }

    /// The tenants' times, with what their shards have cost beyond what was charged.
    private func times(_ now: ContinuousClock.Instant) -> [Int64: Double] {
        var times: [Int64: Double] = [:]
        for (id, tenant) in tenants where waiting.contains(id) || tenant.inWork > 0 { times[id] = tenant.time }
        for hold in holds.values {
            let beyond = hold.since.duration(to: now).seconds - hold.charged
            if beyond > 0 { times[hold.work.tenant, default: 0] += beyond / weight(of: hold.work.tenant) }
        }
        return times
    }

    private func isReserving(_ now: ContinuousClock.Instant) -> Bool {
        if holds.values.contains(where: { $0.work.priority < .low }) { return true }
        return lastHigher.map { $0.duration(to: now) < Self.reserveLasts } ?? false
    }

    func weight(of tenant: Int64) -> Double { tenants[tenant]?.weight ?? 1 }

    func expectedShard(of tenant: Int64) -> Double {
        tenants[tenant]?.cost.perShard ?? overall.perShard ?? ShardCost.firstShard
    }

    /// How many shards of a tenant are in work, of a priority, and through a provider.
    func inWork(tenant: Int64) -> Int { tenants[tenant]?.inWork ?? 0 }
    func inWork(priority: Priority) -> Int { holds.values.count { $0.work.priority == priority } }
    func inWork(provider: Int64) -> Int {
        holds.values.count { tenants[$0.work.tenant]?.provider == provider }
    }
    func provider(of tenant: Int64) -> Int64? { tenants[tenant]?.provider }

    // MARK: In work

    /// A shard was taken, with so many recipients left.
    mutating func took(_ shard: Int64, of work: TenantWork, recipients: Int, now: ContinuousClock.Instant) {
        var tenant = tenants[work.tenant] ?? Tenant(time: least)
        let each = tenant.cost.perRecipient ?? overall.perRecipient ?? ShardCost.firstRecipient
        let charged = each * Double(recipients)
        tenant.time += charged / tenant.weight
        tenant.inWork += 1
        tenants[work.tenant] = tenant
        holds[shard] = Hold(work: work, since: now, charged: charged)
    }

    /// A shard has left its slot, `recipients` of it done: what it cost takes the place of what was expected.
    mutating func finished(
        _ shard: Int64, recipients: Int, provider: Int64? = nil, now: ContinuousClock.Instant
    ) {
        guard let hold = holds.removeValue(forKey: shard), var tenant = tenants[hold.work.tenant] else { return }
        let cost = max(hold.since.duration(to: now).seconds, 0.000_1)
        tenant.time += (cost - hold.charged) / tenant.weight
        tenant.inWork -= 1
        tenant.cost.learn(cost, recipients: recipients)
        if let provider { tenant.provider = provider }
        tenants[hold.work.tenant] = tenant
        overall.learn(cost, recipients: recipients)
    }

    /// Whether a shard has held its slot for so long that it is time to look who else waits.
    func isLong(_ shard: Int64, windows: Int, now: ContinuousClock.Instant) -> Bool {
        guard let hold = holds[shard], !hold.isLeaving else { return false }
        return windows >= Self.mostWindows || hold.since.duration(to: now) >= Self.longestHold
    }

    /// Whether such a shard goes back because somebody else's turn has come.
    mutating func givesWay(
        _ shard: Int64, windows: Int, to due: [TenantWork], room: Room, now: ContinuousClock.Instant
    ) -> Bool {
        guard let hold = holds[shard], isLong(shard, windows: windows, now: now), holds.count >= room.slots else {
            return false
        }
        let times = times(now)
        let own = times[hold.work.tenant] ?? 0
        let before = due.count { work in
            if work.tenant == hold.work.tenant { return work.priority < hold.work.priority }
            return work.priority == hold.work.priority
                ? times[work.tenant] ?? least < own : work.priority < hold.work.priority
        }
        guard before > holds.values.count(where: \.isLeaving) else { return false }
        holds[shard]?.isLeaving = true
        return true
    }
}

extension [ClaimOrder] {
    /// One more shard; of the same work as the last one, in one order with it.
    fileprivate mutating func add(_ work: TenantWork) {
        if let last, last.work == work {
            self[count - 1] = ClaimOrder(work: work, count: last.count + 1)
        } else {
            append(ClaimOrder(work: work, count: 1))
        }
    }
}
