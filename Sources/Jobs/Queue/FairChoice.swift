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
/// Pure: the clock is handed in, and so is who waits. Tenants have places in an array, because a choice goes over all that
/// wait: 3 µs for a thousand.
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

    struct Hold {
        let work: TenantWork
        let place: Int
        let since: ContinuousClock.Instant
        /// What its tenant was charged in advance, in seconds.
        let charged: Double
        var isLeaving = false
    }

    var tenants: [FairTenant] = []
    var holds: [Int64: Hold] = [:]
    private var places: [Int64: Int] = [:]
    private(set) var overall = ShardCost()
    /// Where who comes back starts.
    private var least = 0.0
    /// For each priority, how often others were drawn while it waited.
    var passed = [Int](repeating: 0, count: Priority.allCases.count)
    var lastHigher: ContinuousClock.Instant?

    /// More tenants than that are not remembered while they have nothing to do.
    private static let mostIdle = 20_000

    package init() {}

    var inWork: Int { holds.count }

    // MARK: Who waits

    /// Says anew who waits, and with what weight.
    mutating func wait(_ work: [WaitingWork]) {
        forgetIdle()
        least = max(least, tenants.lazy.filter(\.isActive).map(\.time).min() ?? least)
        let wereActive = tenants.map(\.isActive)
        for place in tenants.indices { tenants[place].isWaiting = false }
        for entry in work {
            let place = place(of: entry.work.tenant)
            tenants[place].weight = entry.weight
            tenants[place].isWaiting = true
            if place >= wereActive.count || !wereActive[place] { tenants[place].time = max(tenants[place].time, least) }
        }
    }

    /// A tenant's place; valid until the next `wait`.
    mutating func place(of tenant: Int64) -> Int {
        if let place = places[tenant] { return place }
        places[tenant] = tenants.count
        tenants.append(FairTenant(id: tenant, time: least))
        return tenants.count - 1
    }

    /// Only while nothing is in work: shards in work know their tenants' places.
    private mutating func forgetIdle() {
        guard tenants.count > Self.mostIdle, holds.isEmpty else { return }
        tenants.removeAll { !$0.isWaiting && $0.time <= least }
        places = Dictionary(uniqueKeysWithValues: tenants.enumerated().map { ($0.element.id, $0.offset) })
    }

    // MARK: In work

    /// A shard was taken, with so many recipients left.
    mutating func took(_ shard: Int64, of work: TenantWork, recipients: Int, now: ContinuousClock.Instant) {
        let place = place(of: work.tenant)
        let each = tenants[place].cost.perRecipient ?? overall.perRecipient ?? ShardCost.firstRecipient
        let charged = each * Double(recipients)
        tenants[place].time += charged / tenants[place].weight
        tenants[place].inWork += 1
        holds[shard] = Hold(work: work, place: place, since: now, charged: charged)
    }

    /// A shard has left its slot, `recipients` of it done: what it cost takes the place of what was expected.
    mutating func finished(
        _ shard: Int64, recipients: Int, provider: Int64? = nil, now: ContinuousClock.Instant
    ) {
        guard let hold = holds.removeValue(forKey: shard) else { return }
        let cost = max(hold.since.duration(to: now).seconds, 0.000_1)
        tenants[hold.place].time += (cost - hold.charged) / tenants[hold.place].weight
        tenants[hold.place].inWork -= 1
        tenants[hold.place].cost.learn(cost, recipients: recipients)
        if let provider { tenants[hold.place].provider = provider }
        overall.learn(cost, recipients: recipients)
    }
}
