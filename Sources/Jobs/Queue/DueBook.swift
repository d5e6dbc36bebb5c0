import Domain
import Storage

/// What a process knows about who has something due, between two looks into the queue.
///
/// Who turned out to have nothing that may be taken (all its campaigns are paused or rest, or others were quicker) is left
/// alone for a moment, and for longer each time, so that it costs the others nothing.
struct DueBook {
    struct Entry {
        let work: TenantWork
        /// Its tenant's place in the fair choice.
        let place: Int
        /// From when on there may be something to take.
        var openAt: ContinuousClock.Instant
        /// How long it was left alone the last time.
        var rest: Duration = .zero
        /// It gave all that was due a moment ago, so more may have become due: no look has said so.
        var isGuess = false
    }

    /// By priority. Gone over at each claim: so these are arrays, and small.
    private(set) var entries = [[Entry]](repeating: [], count: Priority.allCases.count)

    /// Who has had something due has more in a moment, as often as not: a look costs more than to ask for it.
    private static let guess: Duration = .milliseconds(50)
    private static let firstRest: Duration = .milliseconds(50)
    private static let longestRest: Duration = .milliseconds(500)

    /// Takes in what a look found that began at `looked`; `place` says where a tenant stands in the fair choice.
    mutating func replace(
        with waiting: [WaitingWork], looked: ContinuousClock.Instant, place: (Int64) -> Int
    ) {
        let resting = entries.joined().filter { $0.rest > .zero }
        let known = Dictionary(resting.map { ($0.work, $0) }, uniquingKeysWith: { first, _ in first })
        for priority in entries.indices { entries[priority].removeAll(keepingCapacity: true) }
        for found in waiting {
            var entry = Entry(work: found.work, place: place(found.work.tenant), openAt: looked + found.dueIn)
            if let rested = known[found.work] {
                entry.openAt = max(entry.openAt, rested.openAt)
                entry.rest = rested.rest
            }
            entries[Int(found.work.priority.rawValue)].append(entry)
        }
    }

    /// When the next one will have something, if nothing changes.
    func next(after now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        entries.joined().lazy.map(\.openAt).filter { $0 > now }.min()
    }

    /// Takes in what came of a claim. Orders behind the one that filled it up were not looked at.
    mutating func note(_ orders: [ClaimOrder], taken: [TenantWork: Int], limit: Int, now: ContinuousClock.Instant) {
        var left = limit
        for order in orders where left > 0 {
            let count = taken[order.work] ?? 0
            left -= count
            let priority = Int(order.work.priority.rawValue)
            guard let index = entries[priority].firstIndex(where: { $0.work == order.work }) else { continue }
            if count == 0, entries[priority][index].isGuess {
                // The next look says when it has again.
                entries[priority].remove(at: index)
            } else if count == 0 {
                let rest = entries[priority][index].rest
                entries[priority][index].rest = rest == .zero ? Self.firstRest : min(rest * 2, Self.longestRest)
                entries[priority][index].openAt = now + entries[priority][index].rest
            } else if count < order.count, left > 0 {
                entries[priority][index].rest = .zero
                entries[priority][index].isGuess = true
                entries[priority][index].openAt = now + Self.guess
            } else {
                entries[priority][index].rest = .zero
                entries[priority][index].isGuess = false
            }
        }
    }

    /// Something changed, perhaps for those who are left alone too.
    mutating func wakeAll(now: ContinuousClock.Instant) {
        for priority in entries.indices {
            for index in entries[priority].indices where entries[priority][index].rest > .zero {
                entries[priority][index].rest = .zero
                entries[priority][index].openAt = min(entries[priority][index].openAt, now)
            }
        }
    }
}
