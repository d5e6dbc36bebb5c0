import Domain
import Storage

/// What a process knows about who has something due, between two looks into the queue.
///
/// Who turned out to have nothing that may be taken (all its campaigns are paused or rest, or others were quicker) is left
/// alone for a moment, and for longer each time, so that it costs the others nothing.
struct DueBook {
    private struct Rest {
        var until: ContinuousClock.Instant
        var length: Duration
    }

    private var due: [TenantWork: ContinuousClock.Instant] = [:]
    private var resting: [TenantWork: Rest] = [:]

    private static let firstRest: Duration = .milliseconds(50)
    private static let longestRest: Duration = .milliseconds(500)

    /// Takes in what a look found that began at `looked`.
    mutating func replace(with waiting: [WaitingWork], looked: ContinuousClock.Instant) {
        due = Dictionary(waiting.map { ($0.work, looked + $0.dueIn) }, uniquingKeysWith: min)
        resting = resting.filter { due[$0.key] != nil }
    }

    /// Who has something due now.
    func open(now: ContinuousClock.Instant) -> [TenantWork] {
        due.compactMap { work, time in
            time <= now && resting[work].map { $0.until <= now } ?? true ? work : nil
        }
    }

    /// When the next one will have, if nothing changes.
    func next(after now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        due.lazy.map { work, time in max(time, resting[work]?.until ?? time) }.filter { $0 > now }.min()
    }

    /// Takes in what came of a claim. Orders behind the one that filled it up were not looked at.
    mutating func note(_ orders: [ClaimOrder], taken: [TenantWork: Int], limit: Int, now: ContinuousClock.Instant) {
        var left = limit
        for order in orders {
            guard left > 0 else { return }
            let count = taken[order.work] ?? 0
            left -= count
            if count == 0 {
                let length = resting[order.work].map { min($0.length * 2, Self.longestRest) } ?? Self.firstRest
                resting[order.work] = Rest(until: now + length, length: length)
            } else {
                resting[order.work] = nil
                // It had no more: the next look says when it has again.
                if count < order.count, left > 0 { due[order.work] = nil }
            }
        }
    }

    /// Something changed, perhaps for those who are left alone too.
    mutating func wakeAll() { resting.removeAll() }
}
