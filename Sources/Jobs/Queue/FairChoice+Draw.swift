import Domain
import Storage

/// The choosing itself: who comes next as things stand, and who gives way to them.
extension FairChoice {
    /// One draw in so many is for a priority that others go before.
    private static let fullTurn = 100
    /// How long the lowest priority leaves room after the last of the others.
    private static let reserveLasts: Duration = .seconds(5)
    /// When a shard gives way to others that wait: about a window of a slow provider.
    private static let longestHold: Duration = .seconds(1)
    private static let mostWindows = 8

    /// The next shards' tenants, in their order. `extra` are named besides, for those that turn out to have nothing.
    mutating func choose(
        from book: DueBook, room: Room, extra: Int = 0, now: ContinuousClock.Instant
    ) -> (orders: [ClaimOrder], limit: Int) {
        var saved = chargeOverdue(now)
        var count = holds.count
        var low = holds.values.count { $0.work.priority == .low }
        let lowLimit = isReserving(now) ? max(1, room.slots - max(1, room.slots / 4)) : room.slots + room.spare
        var orders: [ClaimOrder] = []
        while count < room.slots + room.spare {
            let isSpare = count >= room.slots
            guard
                let entry = draw(from: book, room: isSpare ? room : nil, isLowFull: low >= lowLimit, now: now)
            else { break }
            saved.append((entry.place, tenants[entry.place]))
            tenants[entry.place].time += expectedShard(of: entry.place) / tenants[entry.place].weight
            tenants[entry.place].inWork += 1
            count += 1
            if entry.work.priority == .low { low += 1 } else { lastHigher = now }
            orders.add(entry.work)
        }
        let limit = count - holds.count
        if extra > 0, limit > 0 {
            let named = Set(orders.map(\.work))
            for work in rest(of: book, now).lazy.filter({ !named.contains($0) }).prefix(extra) {
                orders.append(ClaimOrder(work: work, count: limit))
            }
        }
        // They are charged once they are taken.
        restore(saved)
        return (orders, limit)
    }

    /// Whether a shard has held its slot for so long that it is time to look who else waits.
    func isLong(_ shard: Int64, windows: Int, now: ContinuousClock.Instant) -> Bool {
        guard let hold = holds[shard], !hold.isLeaving else { return false }
        return windows >= Self.mostWindows || hold.since.duration(to: now) >= Self.longestHold
    }

    /// Whether such a shard goes back because somebody else's turn has come.
    mutating func givesWay(
        _ shard: Int64, windows: Int, to book: DueBook, room: Room, now: ContinuousClock.Instant
    ) -> Bool {
        guard let hold = holds[shard], isLong(shard, windows: windows, now: now), holds.count >= room.slots else {
            return false
        }
        let saved = chargeOverdue(now)
        let own = tenants[hold.place].time
        let others = book.entries.joined().count { entry in
            guard entry.openAt <= now else { return false }
            if entry.work.priority != hold.work.priority { return entry.work.priority < hold.work.priority }
            return entry.place != hold.place && tenants[entry.place].time < own
        }
        restore(saved)
        guard others > holds.values.count(where: \.isLeaving) else { return false }
        holds[shard]?.isLeaving = true
        return true
    }

    /// What is in work for longer than was expected counts while it is. Returns the tenants as they were.
    private mutating func chargeOverdue(_ now: ContinuousClock.Instant) -> [(place: Int, tenant: FairTenant)] {
        var saved: [(place: Int, tenant: FairTenant)] = []
        for hold in holds.values {
            let beyond = hold.since.duration(to: now).seconds - hold.charged
            guard beyond > 0 else { continue }
            saved.append((hold.place, tenants[hold.place]))
            tenants[hold.place].time += beyond / tenants[hold.place].weight
        }
        return saved
    }

    private mutating func restore(_ saved: [(place: Int, tenant: FairTenant)]) {
        for (place, tenant) in saved.reversed() { tenants[place] = tenant }
    }

    private func isReserving(_ now: ContinuousClock.Instant) -> Bool {
        if holds.values.contains(where: { $0.work.priority < .low }) { return true }
        return lastHigher.map { $0.duration(to: now) < Self.reserveLasts } ?? false
    }

    private func expectedShard(of place: Int) -> Double {
        tenants[place].cost.perShard ?? overall.perShard ?? ShardCost.firstShard
    }

    /// The next one; nil where nobody waits who may have a slot. `room` is given where only spare slots are left.
    private mutating func draw(
        from book: DueBook, room: Room?, isLowFull: Bool, now: ContinuousClock.Instant
    ) -> DueBook.Entry? {
        var chosen: DueBook.Entry?
        var overdue: DueBook.Entry?
        var waiting: [Int] = []
        for priority in book.entries.indices {
            guard let best = best(of: book.entries[priority], room: room, now: now) else { continue }
            waiting.append(priority)
            if overdue == nil, passed[priority] >= Self.fullTurn - 1 { overdue = best }
            let isFull = isLowFull && priority == Priority.low.rawValue
            if chosen == nil, !isFull { chosen = best }
        }
        guard let entry = overdue ?? chosen else { return nil }
        let drawn = Int(entry.work.priority.rawValue)
        for priority in waiting where priority > drawn { passed[priority] += 1 }
        passed[drawn] = 0
        return entry
    }

    /// The one whose time is least.
    private func best(
        of entries: [DueBook.Entry], room: Room?, now: ContinuousClock.Instant
    ) -> DueBook.Entry? {
        var best: Int?
        var least = Double.infinity
        for index in entries.indices where entries[index].openAt <= now {
            let time = tenants[entries[index].place].time
            guard time < least else { continue }
            if let room, !mayUseSpare(entries[index].place, room) { continue }
            least = time
            best = index
        }
        return best.map { entries[$0] }
    }

    private func mayUseSpare(_ place: Int, _ room: Room) -> Bool {
        guard tenants[place].inWork == 0 else { return false }
        guard let provider = tenants[place].provider else { return true }
        return holds.values.count { tenants[$0.place].provider == provider } < room.slots
    }

    /// All who wait, in the order in which they would come now.
    private func rest(of book: DueBook, _ now: ContinuousClock.Instant) -> [TenantWork] {
        book.entries.flatMap { entries in
            entries.filter { $0.openAt <= now }.sorted { tenants[$0.place].time < tenants[$1.place].time }.map(\.work)
        }
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
